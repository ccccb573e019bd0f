using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Inference;

/// <summary>The bytes of an image file that comes as a stream, up to a limit, so that an endless one cannot fill the machine.</summary>
internal static class ImageStream
{
    private const int Chunk = 1 << 16;

    /// <exception cref="ImageException">It is longer than the limit.</exception>
    /// <exception cref="IOException">As the stream throws it.</exception>
    public static ReadOnlyMemory<byte> Read(Stream stream, long limit = UserFile.MediaLimit)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        var chunk = new byte[Chunk];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            Append(bytes, chunk, count, limit);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    /// <exception cref="ImageException">It is longer than the limit.</exception>
    /// <exception cref="IOException">As the stream throws it.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream,
        CancellationToken cancellation,
        long limit = UserFile.MediaLimit)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        var chunk = new byte[Chunk];
        for (int count; (count = await stream.ReadAsync(chunk, cancellation).ConfigureAwait(false)) > 0;)
        {
            Append(bytes, chunk, count, limit);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private static void Append(MemoryStream bytes, byte[] chunk, int count, long limit)
    {
        if (bytes.Length + count > limit)
        {
            throw new ImageException("too many bytes", $"more than the limit of {limit}");
        }

        bytes.Write(chunk, 0, count);
    }
}
