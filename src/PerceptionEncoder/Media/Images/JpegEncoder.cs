using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;
using SharpEncoder = SixLabors.ImageSharp.Formats.Jpeg.JpegEncoder;

namespace PerceptionEncoder.Media.Images;

/// <summary>Writes RGB pixels as JPEG with 4:2:0 chroma.</summary>
internal static class JpegEncoder
{
    /// <summary>The bytes of a JPEG file; the same for the same pixels.</summary>
    /// <param name="image">RGB.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">The image is not RGB.</exception>
    public static byte[] Encode(DecodedImage image, int quality = 95)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels != 3)
        {
            throw new ArgumentException($"no JPEG is written from {image.Channels} channels", nameof(image));
        }

        using var pixels = Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
        using var file = new MemoryStream();
        pixels.Save(file, new SharpEncoder { Quality = quality, ColorType = JpegColorType.YCbCrRatio420 });
        return file.ToArray();
    }
}
