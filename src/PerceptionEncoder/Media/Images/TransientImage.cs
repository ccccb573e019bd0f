namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Pictures that are used up before their thread decodes the next one. They share one piece of memory: an array of its own for each would
/// be given back to the system and fetched again page by page, which takes longer than to decode a large photograph.
/// </summary>
internal static class TransientImage
{
    /// <summary>Bytes that a thread keeps at most; larger pictures get memory of their own.</summary>
    private const int MostKept = 64 << 20;

    [ThreadStatic]
    private static byte[]? ofThread;

    /// <summary>Decodes a picture whose pixels hold until this thread's next call; their array may be longer than they are.</summary>
    /// <param name="decoder">Decodes it.</param>
    /// <param name="file">Bytes of an image file.</param>
    /// <param name="maximumPixels">Of the whole picture.</param>
    /// <param name="divisor">1, 2, 4 or 8: where the format can, sides become that many times smaller, rounded up.</param>
    /// <param name="rows">Of the whole picture, from its top: what is below need not be decoded, and may be missing.</param>
    /// <exception cref="ImageException">Not an image, damaged, or more pixels than <paramref name="maximumPixels"/>.</exception>
    public static DecodedImage Decode(
        IImageDecoder decoder,
        ReadOnlySpan<byte> file,
        long maximumPixels,
        int divisor = 1,
        int rows = int.MaxValue)
        => decoder.Decode(file, maximumPixels, divisor, rows, Memory);

    private static byte[] Memory(int length)
    {
        if (length > MostKept)
        {
            return GC.AllocateUninitializedArray<byte>(length);
        }

        if (ofThread is null || ofThread.Length < length)
        {
            // A quarter more, so that pictures of rising size do not each take a new one.
            ofThread = GC.AllocateUninitializedArray<byte>(Math.Min(MostKept, length + (length / 4)));
        }

        return ofThread;
    }
}
