using OpenCvSharp;

namespace PerceptionEncoder.Media.Images;

/// <summary>Writes pixels as PNG, without loss.</summary>
internal static class PngEncoder
{
    /// <summary>The bytes of a PNG file; the same for the same pixels.</summary>
    /// <exception cref="ArgumentException">The image has grey and alpha, which is not written.</exception>
    public static byte[] Encode(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var stored = Mat.FromPixelData(image.Height, image.Width, MatType.CV_8UC(image.Channels), image.Pixels);
        if (image.Channels == 1)
        {
            return stored.ToBytes();
        }

        var toOpenCv = image.Channels switch
        {
            3 => ColorConversionCodes.RGB2BGR,
            4 => ColorConversionCodes.RGBA2BGRA,
            _ => throw new ArgumentException($"no PNG is written from {image.Channels} channels", nameof(image)),
        };
        using var reordered = new Mat();
        Cv2.CvtColor(stored, reordered, toOpenCv);
        return reordered.ToBytes();
    }
}
