using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Reads and writes the two published layouts: OpenAI's merges list, and <c>vocab.json</c> with <c>merges.txt</c> of Hugging Face.
/// </summary>
internal static class ClipVocabularyFiles
{
    public const string IdsName = "vocab.json";
    public const string MergesName = "merges.txt";

    // OpenAI's list goes on to 262,144 merges, of which the published vocabulary of 49,408 tokens uses the first ones.
    private const int PublishedMerges = 49408 - ClipVocabulary.BaseSize;
    /// <summary>Bytes of the largest vocabulary that is read, packed or not.</summary>
    private const long LargestFile = 64 << 20;

    private const string PublishedHeader = "\"bpe_simple_vocab";
    private const string VersionMark = "#version:";

    private static readonly string[] PublishedNames = ["bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"];
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ClipVocabulary Read(string path)
    {
        if (Directory.Exists(path))
        {
            return ReadFolder(path);
        }

        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return ReadPair(path, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, MergesName));
        }

        var (merges, firstLine) = ReadMerges(path);
        return ClipVocabulary.FromMerges(merges, path, firstLine);
    }

    public static void Write(ClipVocabulary vocabulary, string folder)
    {
        var ids = vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, id)).ToDictionary();
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, IdsName), JsonSerializer.Serialize(ids, Readable));
            File.WriteAllText(
                Path.Combine(folder, MergesName),
                string.Join('\n', [$"{VersionMark} 0.2", .. vocabulary.Merges, string.Empty]));
        }
        catch (Exception error) when (AtomicFolder.IsRefusal(error))
        {
            throw new UserErrorException(
                $"{folder}: cannot store the tokenizer ({error.Message}); name a folder that can be written to",
                error);
        }
    }

    private static ClipVocabulary ReadFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, IdsName)))
        {
            return ReadPair(Path.Combine(folder, IdsName), Path.Combine(folder, MergesName));
        }

        var published = PublishedNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return published is not null
            ? Read(published)
            : throw new UserErrorException($"{folder}: holds neither {IdsName} with {MergesName} nor {PublishedNames[0]}; "
                + "name the folder or file of a CLIP vocabulary");
    }

    private static ClipVocabulary ReadPair(string idPath, string mergePath)
    {
        Dictionary<string, int>? ids;
        try
        {
            ids = JsonSerializer.Deserialize<Dictionary<string, int>>(ReadText(idPath));
        }
        catch (JsonException error)
        {
            throw new UserErrorException(
                $"{idPath}:{error.LineNumber + 1}: is not a JSON object of token to id; use an intact copy",
                error);
        }

        if (ids is null || ids.Count < ClipVocabulary.BaseSize)
        {
            throw new UserErrorException($"{idPath}: holds {ids?.Count ?? 0} tokens; "
                + $"a byte-level vocabulary has at least {ClipVocabulary.BaseSize}, use an intact copy");
        }

        var (merges, firstLine) = ReadMerges(mergePath);
        return ClipVocabulary.FromIds(ids, idPath, merges, mergePath, firstLine);
    }

    private static (IReadOnlyList<string> Merges, int FirstLine) ReadMerges(string path)
    {
        var lines = ReadText(path).Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        var header = lines[0].Contains(VersionMark, StringComparison.Ordinal) ? 1 : 0;
        var count = lines.Length - header;
        if (count > 0 && lines[^1].Length == 0)
        {
            count--;
        }

        var published = lines[0].StartsWith(PublishedHeader, StringComparison.Ordinal);
        if (header + count == 0 || (published && count < PublishedMerges))
        {
            throw new UserErrorException($"{path}: is cut short, {count} merges are left; use an intact copy");
        }

        count = published ? PublishedMerges : count;

        return (lines[header..(header + count)], header + 1);
    }

    private static string ReadText(string path)
    {
        try
        {
            var bytes = UserFile.ReadRegular(path, LargestFile);
            return UserText.Decode(
                path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || bytes is [0x1F, 0x8B, ..] ? Decompress(bytes) : bytes);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException(
                $"{path}: no such file; name a CLIP vocabulary ({PublishedNames[0]}, "
                + $"or a folder with {IdsName} and {MergesName})",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); check its permissions", error);
        }
        catch (TextEncodingException error)
        {
            throw new UserErrorException($"{path}:{error.Line}: is damaged: {error.Message}", error);
        }
        catch (InvalidDataException error)
        {
            throw new UserErrorException($"{path}: is damaged ({error.Message}); use an intact copy", error);
        }
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
        {
            var buffer = new byte[1 << 16];
            for (var read = gzip.Read(buffer); read > 0; read = gzip.Read(buffer))
            {
                result.Write(buffer, 0, read);
                if (result.Length > LargestFile)
                {
                    throw new InvalidDataException($"it unpacks to more than {LargestFile} bytes");
                }
            }
        }

        // .NET takes the end of a cut file for the end of the data; the stored length tells.
        if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(^sizeof(uint))) != (uint)result.Length)
        {
            throw new InvalidDataException("the compressed file ends early");
        }

        return result.ToArray();
    }
}
