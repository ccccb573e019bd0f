namespace PerceptionEncoder.Media.Images;

/// <summary>The decoder of image files that this machine has.</summary>
public static class ImageDecoders
{
    /// <summary>Decodes JPEG, PNG, WebP, GIF and BMP in the mode PIL would open the file in. Safe to share between threads.</summary>
    public static IImageDecoder Default { get; } = Create();

    private static IImageDecoder Create()
        => TurboJpeg.Instance is { } library ? new TurboJpegDecoder(library, new OpenCvImageDecoder()) : new OpenCvImageDecoder();
}
