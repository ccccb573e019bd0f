using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using SharpEncoder = SixLabors.ImageSharp.Formats.Png.PngEncoder;

namespace PerceptionEncoder.Media.Images;

/// <summary>Writes pixels as PNG, without loss.</summary>
internal static class PngEncoder
{
    /// <summary>The bytes of a PNG file; the same for the same pixels.</summary>
    /// <exception cref="ArgumentException">The image has grey and alpha, which is not written.</exception>
    public static byte[] Encode(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Channels switch
        {
            1 => Encode<L8>(image, PngColorType.Grayscale),
            3 => Encode<Rgb24>(image, PngColorType.Rgb),
            4 => Encode<Rgba32>(image, PngColorType.RgbWithAlpha),
            _ => throw new ArgumentException($"no PNG is written from {image.Channels} channels", nameof(image)),
        };
    }

    private static byte[] Encode<TPixel>(DecodedImage image, PngColorType colors)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var pixels = Image.LoadPixelData<TPixel>(image.Pixels, image.Width, image.Height);
        using var file = new MemoryStream();
        pixels.Save(file, new SharpEncoder { ColorType = colors, BitDepth = PngBitDepth.Bit8, IgnoreMetadata = true });
        return file.ToArray();
    }
}
