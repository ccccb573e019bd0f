namespace PerceptionEncoder.Media.Images;

/// <summary>Turns the bytes of an image file into pixels.</summary>
public interface IImageDecoder
{
    /// <summary>The size at which PIL suspects a decompression bomb.</summary>
    const long DefaultMaximumPixels = 178_956_970;

    /// <summary>Decodes the first frame, in the file's own mode, ignoring EXIF orientation as the published evaluation does.</summary>
    /// <exception cref="ImageException">Not an image, damaged, or more pixels than <paramref name="maximumPixels"/>.</exception>
    DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels);

    /// <summary>The same, of which only a part is decoded, in memory of the caller, where that saves work: JPEG alone.</summary>
    /// <param name="file">Bytes of an image file.</param>
    /// <param name="maximumPixels">Of the whole picture.</param>
    /// <param name="divisor">1, 2, 4 or 8: sides become that many times smaller, rounded up.</param>
    /// <param name="rows">Of the whole picture, from its top: what is below need not be decoded.</param>
    /// <param name="memory">Gives an array of at least so many bytes.</param>
    internal DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels, int divisor, int rows, Func<int, byte[]> memory)
        => Decode(file, maximumPixels);
}
