using OpenCvSharp;

namespace PerceptionEncoder.Media.Images;

/// <summary>Writes RGB pixels as JPEG.</summary>
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

        using var stored = Mat.FromPixelData(image.Height, image.Width, MatType.CV_8UC3, image.Pixels);
        using var reordered = new Mat();
        Cv2.CvtColor(stored, reordered, ColorConversionCodes.RGB2BGR);
        return reordered.ImEncode(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, quality));
    }
}
