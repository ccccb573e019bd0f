namespace PerceptionEncoder.Media.Images;

/// <summary>The decoder of image files that this machine has.</summary>
public static class ImageDecoders
{
    /// <summary>
    /// Decodes JPEG, PNG, WebP, GIF and BMP in the mode PIL would open the file in. Where the system has no libjpeg-turbo, the first JPEG
    /// says in one line on standard error that pixels differ from the published ones. Safe to share between threads.
    /// </summary>
    public static IImageDecoder Default { get; } = Choose(TurboJpeg.Instance, Console.Error.WriteLine);

    /// <summary>The decoder for machines with and without libjpeg-turbo.</summary>
    internal static IImageDecoder Choose(TurboJpeg? library, Action<string> warn)
    {
        var all = new ImageSharpDecoder(warn);
        return library is null ? all : new TurboJpegDecoder(library, all);
    }
}
