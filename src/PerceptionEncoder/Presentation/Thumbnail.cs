using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Presentation;

/// <summary>A small picture for a page.</summary>
internal static class Thumbnail
{
    private const int Side = 256;
    private const int Quality = 85;

    /// <summary>The picture at a long side of 256 pixels at most, as a JPEG file.</summary>
    public static byte[] Jpeg(DecodedImage image)
    {
        var scale = Math.Min(1, Side / (double)Math.Max(image.Width, image.Height));
        var (height, width) = (Math.Max(1, (int)(image.Height * scale)), Math.Max(1, (int)(image.Width * scale)));
        return JpegEncoder.Encode(DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(image), height, width), Quality);
    }
}
