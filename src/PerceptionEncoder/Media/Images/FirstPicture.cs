namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Prepares a file for a native decoder, so that what comes out does not depend on which one it is: the first picture alone, and all there,
/// as far as PIL asks for that.
/// </summary>
internal static class FirstPicture
{
    /// <param name="file">Whose header was read and found within the limits.</param>
    /// <param name="header">What was read.</param>
    /// <returns>The file itself, or a mended copy.</returns>
    /// <exception cref="ImageException">Cut short, or more work than its pixels are worth.</exception>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> file, ImageHeader header)
        => file.StartsWith(JpegFile.Signature) ? JpegFile.Complete(file, header)
            : file.StartsWith(PngFile.Signature) ? PngFile.DefaultPicture(file)
            : file.StartsWith(GifFile.Signature) ? GifFile.FirstPicture(file)
            : file;
}
