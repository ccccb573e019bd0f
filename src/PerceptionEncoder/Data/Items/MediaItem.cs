using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Items;

/// <summary>One image, text or clip that is to be encoded; nothing of a file is read before it is asked for.</summary>
internal sealed class MediaItem
{
    /// <summary>Reason of a file that is not there or cannot be read.</summary>
    public const string UnreadableFile = "unreadable file";

    private readonly Func<ReadOnlyMemory<byte>> read;

    internal MediaItem(string key, string shard, Func<ReadOnlyMemory<byte>> read)
    {
        (Key, Shard) = (key, shard);
        this.read = read;
    }

    /// <summary>Path of the file, <c>PATH:LINE</c> of a line, id of a table's row, or the sample's key in its shard.</summary>
    public string Key { get; }

    /// <summary>The file of its own that the item is; null for a shard's member and for a line of text.</summary>
    public string? Path { get; private init; }

    /// <summary>The file that holds it: shard, text file, or its own.</summary>
    public string Shard { get; }

    /// <summary>Bytes of the file or member, UTF-8 for texts.</summary>
    /// <exception cref="BadSampleException">It is missing or cannot be read.</exception>
    public ReadOnlyMemory<byte> ReadBytes() => read();

    /// <summary>The text.</summary>
    /// <exception cref="BadSampleException">It is missing, cannot be read, or is no text.</exception>
    public string ReadText()
    {
        var utf8 = read();
        try
        {
            return UserText.DecodeUtf8(utf8.Span);
        }
        catch (TextEncodingException bad)
        {
            throw new BadSampleException(CaptionedImage.CaptionNotUtf8, $"text of {utf8.Length} bytes: {bad.Message}");
        }
    }

    internal static MediaItem OfFile(string path, string? key = null) => new(key ?? path, path, () => ReadFile(path)) { Path = path };

    private static ReadOnlyMemory<byte> ReadFile(string path)
    {
        try
        {
            return UserFile.ReadAllBytes(path, UserFile.MediaLimit);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadSampleException(UnreadableFile, failure.Message.ReplaceLineEndings(" "));
        }
    }
}
