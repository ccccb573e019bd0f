using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// Ids of the real Llama 3 and Qwen 2 vocabularies, which the repository does not hold: they are looked for, by size and hash, in
/// <c>PE_LANGUAGE_VOCAB</c>, else in <c>../shared/vocab</c> and the golden folder.
/// </summary>
public partial class LanguageTokenizerGoldenTests
{
    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("llm_tokenizers*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Llama_gives_the_published_ids(string name) => Check(name, "llama3");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Qwen_gives_the_published_ids(string name) => Check(name, "qwen2");

    [SkippableFact]
    public void The_story_tokenizer_gives_the_published_ids_and_their_text_again()
    {
        var recorded = TinyLlama.Recorded();
        var tokenizer = LanguageTokenizers.Load(Path.Combine(TinyLlama.Folder, "tok512.bin"));
        Assert.All(recorded.GetProperty("encode").EnumerateArray(), item =>
        {
            var (text, ids) = (item.GetProperty("text").GetString()!, Ids(item.GetProperty("ids")));
            Assert.Equal(ids, tokenizer.Encode(text).Prepend(tokenizer.BeginOfText!.Value));
            Assert.Equal(text, tokenizer.Decode(ids));
        });
    }

    private static void Check(string name, string vocabulary)
    {
        GoldenFolder.SkipIfAbsent(name);
        using var recording = JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name)));
        var recorded = recording.RootElement.GetProperty(vocabulary);
        var tokenizer = Tokenizer(recorded.GetProperty("vocabulary").GetString()!);
        Assert.All(recorded.GetProperty("special_ids").EnumerateObject(), mark =>
            Assert.Equal(mark.Value.GetInt32(), tokenizer.Special.Ids[mark.Name]));
        Assert.All(recorded.GetProperty("items").EnumerateArray(), item =>
            Assert.Equal(Ids(item.GetProperty("ids")), tokenizer.EncodeTemplate(item.GetProperty("text").GetString()!)));
    }

    private static LanguageTokenizer Tokenizer(string description)
    {
        var size = long.Parse(Size().Match(description).Groups[1].Value.Replace(",", ""));
        var hash = Hash().Match(description).Groups[1].Value;
        string[] folders = Environment.GetEnvironmentVariable("PE_LANGUAGE_VOCAB") is { Length: > 0 } named
            ? [named]
            : [RepositoryPaths.Beside("shared/vocab"), GoldenFolder.Path];
        var file = folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .FirstOrDefault(path => new FileInfo(path).Length == size
                && Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) == hash);
        Skip.If(file is null, $"no file of SHA-256 {hash} in {string.Join(", ", folders)}; set PE_LANGUAGE_VOCAB to its folder");
        return LanguageTokenizers.Load(file);
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    [GeneratedRegex("([0-9,]+) bytes")]
    private static partial Regex Size();

    [GeneratedRegex("sha256 ([0-9a-f]{64})")]
    private static partial Regex Hash();
}
