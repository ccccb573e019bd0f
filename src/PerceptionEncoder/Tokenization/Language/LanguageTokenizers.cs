using System.Text;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Finds out what kind of tokenizer a file or folder holds, and reads it.</summary>
public static class LanguageTokenizers
{
    /// <summary>What <see cref="Load"/> takes for <see cref="Bytes"/>.</summary>
    public const string BytesName = "bytes";

    private const long LargestFile = 64 << 20;
    private const string Kinds = "a tokenizer.json, Llama 3's tokenizer.model, a vocab.json with its merges.txt, or llama2.c's tok512.bin";

    /// <summary>No vocabulary at all: ids 0..255 are bytes, behind them stand Llama 3's special tokens, `&lt;|image|>` the third.</summary>
    public static LanguageTokenizer Bytes { get; } = OfBytes();

    /// <summary>
    /// Reads <c>tokenizer.json</c>, <c>tokenizer.model</c>, <c>vocab.json</c> with <c>merges.txt</c> beside it, llama2.c's <c>tok*.bin</c>,
    /// or a folder that holds one of these; <c>bytes</c> gives <see cref="Bytes"/>.
    /// </summary>
    /// <exception cref="UserErrorException">A file is missing, unreadable, damaged or of an unknown kind.</exception>
    public static LanguageTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path == BytesName)
        {
            return Bytes;
        }

        if (Directory.Exists(path))
        {
            return Load(Find(path) ?? throw new UserErrorException($"{path}: holds no tokenizer; it should hold {Kinds}"));
        }

        var content = Read(path);
        return content switch
        {
            _ when Path.GetFileName(path) == VocabularyPair.MergesName
                => VocabularyPair.Read(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, VocabularyPair.IdsName), Read),
            _ when content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..] => IsPair(path)
                ? VocabularyPair.Read(path, Read)
                : TokenizerJson.Read(path, content),
            [_, _, 0, 0, ..] => StoryPieces.Read(path, content),
            [0x0A, ..] => throw new UserErrorException($"{path}: is a SentencePiece model, as Llama 2's; give {Kinds}"),
            _ => TiktokenFile.Read(path, content),
        };
    }

    /// <summary>The tokenizer's file in a folder, or null where it has none.</summary>
    public static string? Find(string folder)
    {
        string[] names = [TokenizerJson.Name, TiktokenFile.Name, VocabularyPair.IdsName];
        return Array.Find([.. names.Select(name => Path.Combine(folder, name))], File.Exists)
            ?? Directory.EnumerateFiles(folder, "tok*.bin").Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private static bool IsPair(string path)
        => Path.GetFileName(path) == VocabularyPair.IdsName
            || File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, VocabularyPair.MergesName))
            && Path.GetFileName(path) != TokenizerJson.Name;

    private static byte[] Read(string path)
    {
        byte[] content;
        try
        {
            content = UserFile.ReadRegular(path, LargestFile);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path}: no such file; name {Kinds}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); check its permissions", error);
        }

        var start = content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        return content.Length == start ? throw new UserErrorException($"{path}: is empty; name {Kinds}")
            : FileKind.Of(content) is { } kind ? throw new UserErrorException($"{path}: is {kind.Name}, not a tokenizer. {kind.Advice}")
            : content[start..];
    }

    private static LanguageTokenizer OfBytes()
    {
        var ids = Enumerable.Range(0, ByteAlphabet.Size).ToDictionary(value => ByteAlphabet.Encode([(byte)value]));
        var vocabulary = new MergeVocabulary(ids, [], TiktokenFile.Special(ids.Count), new WordPattern(WordPattern.Llama));
        return vocabulary.Tokenizer(BytesName, [new TokenizerFile(TokenizerJson.Name, TokenizerJson.Write(vocabulary))]);
    }
}
