namespace PerceptionEncoder.Media.Images;

/// <summary>Turns the bytes of an image file into pixels.</summary>
public interface IImageDecoder
{
    /// <summary>The size at which PIL suspects a decompression bomb.</summary>
    const long DefaultMaximumPixels = 178_956_970;

    /// <summary>Decodes the first frame, in the file's own mode, ignoring EXIF orientation as the published evaluation does.</summary>
    /// <exception cref="ImageException">Not an image, damaged, or more pixels than <paramref name="maximumPixels"/>.</exception>
    DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels);
}
