using System.IO.Compression;

namespace PerceptionEncoder;

/// <summary>Files that may be gzipped, which their first bytes tell whatever their names are.</summary>
internal static class GZipFile
{
    private static readonly byte[] Signature = [0x1F, 0x8B];

    /// <summary>What the file holds; reading throws <see cref="InvalidDataException"/> where its packing is damaged.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static Stream OpenRead(string path)
    {
        var file = UserFile.Open(path);
        Span<byte> head = stackalloc byte[Signature.Length];
        var isPacked = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(Signature);
        file.Position = 0;
        return isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
