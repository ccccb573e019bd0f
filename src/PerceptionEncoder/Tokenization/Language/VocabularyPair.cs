using System.Text.Json;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>
/// <c>vocab.json</c> with <c>merges.txt</c>, Qwen 2's or GPT-2's, and special tokens of the <c>tokenizer_config.json</c> or
/// <c>added_tokens.json</c> beside them.
/// </summary>
internal static class VocabularyPair
{
    public const string IdsName = "vocab.json", MergesName = "merges.txt";

    private const string ConfigName = "tokenizer_config.json", AddedName = "added_tokens.json", GptMark = "<|endoftext|>";
    private static readonly string[] QwenMarks = [GptMark, "<|im_start|>", "<|im_end|>"];

    /// <param name="path">Of the <c>vocab.json</c>.</param>
    /// <param name="read">Bytes of a file.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    public static LanguageTokenizer Read(string path, Func<string, byte[]> read)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] names = [IdsName, MergesName, ConfigName, AddedName];
        var files = names
            .Where(name => name is IdsName or MergesName || File.Exists(Path.Combine(folder, name)))
            .Select(name => new TokenizerFile(name, read(name == IdsName ? path : Path.Combine(folder, name))))
            .ToArray();
        var ids = Json<Dictionary<string, int>>(path, files[0].Bytes);
        var special = Special(folder, files);
        foreach (var mark in ids.Keys.Where(token => token.StartsWith("<|", StringComparison.Ordinal) && token.EndsWith("|>", StringComparison.Ordinal)))
        {
            special.TryAdd(mark, ids[mark]);
        }

        var isGpt2 = ids.ContainsKey(GptMark);
        if (special.Count == 0 && ids.Count > 0)
        {
            var next = ids.Values.Max() + 1;
            special = QwenMarks.Index().ToDictionary(mark => mark.Item, mark => next + mark.Index);
        }

        foreach (var mark in special.Keys)
        {
            ids.Remove(mark);
        }

        var vocabulary = new MergeVocabulary(
            ids,
            Merges(files[1].Bytes, Path.Combine(folder, MergesName)),
            special,
            new WordPattern(isGpt2 ? WordPattern.Gpt2 : WordPattern.Qwen),
            Composes: !isGpt2);
        return vocabulary.Tokenizer(path, files);
    }

    private static Dictionary<string, int> Special(string folder, TokenizerFile[] files)
    {
        if (files.FirstOrDefault(file => file.Name == ConfigName) is { } config)
        {
            var path = Path.Combine(folder, ConfigName);
            var root = Json<JsonElement>(path, config.Bytes);
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("added_tokens_decoder", out var added))
            {
                return Checked(path, () => added.EnumerateObject().ToDictionary(
                    entry => entry.Value.GetProperty("content").GetString()!,
                    entry => int.Parse(entry.Name, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        return files.FirstOrDefault(file => file.Name == AddedName) is { } tokens
            ? Json<Dictionary<string, int>>(Path.Combine(folder, AddedName), tokens.Bytes)
            : [];
    }

    private static string[] Merges(byte[] content, string path)
    {
        string[] lines;
        try
        {
            lines = UserText.Decode(content).Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        }
        catch (TextEncodingException error)
        {
            throw new UserErrorException($"{path}:{error.Line}: is damaged: {error.Message}", error);
        }

        return [.. lines.Skip(lines[0].StartsWith("#version", StringComparison.Ordinal) ? 1 : 0).Where(line => line.Length > 0)];
    }

    private static T Json<T>(string path, byte[] content)
        => Checked(path, () => JsonSerializer.Deserialize<T>(content) ?? throw new JsonException("it is null"));

    private static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new UserErrorException($"{path}: is no JSON object of tokens and ids ({error.Message}); use an intact copy", error);
        }
    }
}
