using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Hugging Face's <c>tokenizer.json</c> of byte-level vocabularies: Llama 3, Qwen 2, GPT-2 and our own.</summary>
internal static class TokenizerJson
{
    public const string Name = "tokenizer.json";

    private const string ByteLevel = "ByteLevel";
    private const string Known = "known are byte-level BPE vocabularies as Llama 3's, Qwen 2's and GPT-2's";
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="UserErrorException">The file is damaged or of another kind of tokenizer.</exception>
    public static LanguageTokenizer Read(string path, byte[] content)
    {
        try
        {
            return Vocabulary(path, JsonNode.Parse(content)!.AsObject()).Tokenizer(path, [new TokenizerFile(Name, content)]);
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}:{error.LineNumber + 1}: is no JSON; use an intact copy", error);
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw new UserErrorException($"{path}: is no tokenizer of Hugging Face's ({error.Message}); {Known}", error);
        }
    }

    /// <summary>The same vocabulary as a file that <see cref="Read"/> and Hugging Face's tokenizers take.</summary>
    public static byte[] Write(MergeVocabulary vocabulary)
    {
        JsonNode[] split =
        [
            .. vocabulary.Words.Expressions.Select(expression => new JsonObject
            {
                ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["behavior"] = "Isolated", ["invert"] = false,
            }),
            new JsonObject { ["type"] = ByteLevel, ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false },
        ];
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. vocabulary.Special.OrderBy(entry => entry.Value).Select(entry => new JsonObject
            {
                ["id"] = entry.Value, ["content"] = entry.Key, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
                ["normalized"] = false, ["special"] = true,
            })]),
            ["normalizer"] = vocabulary.Composes ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split) },
            ["decoder"] = new JsonObject { ["type"] = ByteLevel },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = vocabulary.IgnoresMerges,
                ["vocab"] = new JsonObject(vocabulary.Ids.OrderBy(entry => entry.Value)
                    .Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
                ["merges"] = new JsonArray([.. vocabulary.Merges.Select(merge => JsonValue.Create(merge))]),
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(file, Readable);
    }

    private static MergeVocabulary Vocabulary(string path, JsonObject file)
    {
        var model = Field(file, "model").AsObject();
        if (Text(model["type"]) is { } type and not "BPE")
        {
            throw new UserErrorException($"{path}: is a {type} tokenizer; {Known}");
        }

        if (model["byte_fallback"]?.GetValue<bool>() == true)
        {
            throw new UserErrorException($"{path}: is a SentencePiece vocabulary, as Llama 2's; {Known}");
        }

        var special = (file["added_tokens"]?.AsArray() ?? []).ToDictionary(
            token => Field(token, "content").GetValue<string>(),
            token => Field(token, "id").GetValue<int>());
        var ids = Field(model, "vocab").AsObject()
            .Where(entry => !special.ContainsKey(entry.Key))
            .ToDictionary(entry => entry.Key, entry => Present(entry.Value, entry.Key).GetValue<int>(), StringComparer.Ordinal);
        return new MergeVocabulary(
            ids,
            [.. Field(model, "merges").AsArray().Select(Merge)],
            special,
            new WordPattern(Patterns(path, file["pre_tokenizer"])),
            Composes(path, file["normalizer"]),
            model["ignore_merges"]?.GetValue<bool>() == true);
    }

    private static JsonNode Field(JsonNode? parent, string name) => Present(Present(parent, "entry")[name], name);

    private static JsonNode Present(JsonNode? value, string name) => value ?? throw new FormatException($"it has no \"{name}\"");

    private static string Merge(JsonNode? merge)
        => merge is JsonArray pair ? $"{Text(pair[0])} {Text(pair[1])}" : Present(merge, "merges").GetValue<string>();

    private static bool Composes(string path, JsonNode? normalizer) => Text(normalizer?["type"]) switch
    {
        null => false,
        "NFC" => true,
        "Sequence" => Field(normalizer, "normalizers").AsArray().Aggregate(false, (composes, part) => composes | Composes(path, part)),
        var other => throw new UserErrorException($"{path}: normalises text by {other}, which is not known; {Known}"),
    };

    private static IReadOnlyList<string> Patterns(string path, JsonNode? step) => Text(step?["type"]) switch
    {
        ByteLevel when step!["add_prefix_space"]?.GetValue<bool>() == true
            => throw new UserErrorException($"{path}: puts a space before every text (add_prefix_space), which is not known; {Known}"),
        ByteLevel => step!["use_regex"]?.GetValue<bool>() == false ? [] : [WordPattern.Gpt2],
        "Sequence" => [.. Field(step, "pretokenizers").AsArray().SelectMany(part => Patterns(path, part))],
        "Split" when Text(step!["behavior"]) is "Isolated" or "Removed" && step["invert"]?.GetValue<bool>() == IsRemoved(step)
            && Text(step["pattern"]?["Regex"]) is { } expression => [expression],
        var other => throw new UserErrorException($"{path}: cuts text by {other ?? "nothing"}, which is not known; {Known}"),
    };

    /// <summary>Everything but the matches removed is the matches kept; of these expressions the matches are the whole text.</summary>
    private static bool IsRemoved(JsonNode step) => Text(step["behavior"]) == "Removed";

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
