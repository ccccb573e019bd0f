using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Inference;

/// <summary>Turns pictures of any form into those an encoder takes. Safe to share between threads.</summary>
/// <param name="side">Of the model's input, in pixels.</param>
/// <param name="fit">What happens to the aspect ratio.</param>
/// <param name="maximumPixels">Larger pictures are refused.</param>
internal sealed class ImagePreparation(int side, ImageFit fit, long maximumPixels)
{
    private readonly ImageTransform transform = new(side, side, fit);

    /// <summary>Of the bytes of an image file.</summary>
    /// <exception cref="ImageException">Not an image, damaged, or too large.</exception>
    public PreparedImage OfFile(ReadOnlySpan<byte> file)
        => Of(TransientImage.Decode(ImageDecoders.Default, file, maximumPixels));

    /// <summary>Of RGB pixels, 8 bits a channel, row by row.</summary>
    /// <exception cref="ArgumentException">The sides are not positive, or the bytes are no picture of them.</exception>
    /// <exception cref="ImageException">Too large.</exception>
    public PreparedImage OfRgb(ReadOnlySpan<byte> pixels, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != 3L * width * height)
        {
            throw new ArgumentException($"{pixels.Length} bytes are not a picture of {width} x {height} with 3 channels", nameof(pixels));
        }

        return (long)width * height <= maximumPixels
            ? Of(new DecodedImage(width, height, 3, pixels.ToArray(), Indexed: false))
            : throw new ImageException("too many pixels", $"{width} x {height}, the limit is {maximumPixels}");
    }

    private PreparedImage Of(DecodedImage image) => new(transform.Apply(image), side);
}
