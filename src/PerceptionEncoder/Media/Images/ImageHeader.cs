namespace PerceptionEncoder.Media.Images;

/// <summary>What a file says of itself before any pixel is decoded.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">
/// Those of the mode that PIL opens the file in: 1 grey or bilevel, 2 grey and alpha, 3 RGB, palette or CMYK, 4 RGB and alpha.
/// </param>
/// <param name="Indexed">Palette indices or single bits.</param>
/// <param name="Cmyk">Four inks, which come as RGB.</param>
/// <param name="Wide">16 bits a channel, of which the upper 8 come.</param>
internal readonly record struct ImageHeader(int Width, int Height, int Channels, bool Indexed = false, bool Cmyk = false, bool Wide = false)
{
    /// <summary>Whether the mode has an alpha channel; the transparency of a palette or of one key colour is none.</summary>
    public bool HasAlpha => Channels is 2 or 4;

    /// <summary>Reads size and mode, and refuses more pixels than the limit.</summary>
    /// <exception cref="ImageException">Empty, of no known format, cut, damaged or too large.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file, long maximumPixels)
    {
        if (file.IsEmpty)
        {
            throw ImageFaults.Empty();
        }

        if (file.StartsWith(JpegFile.Signature))
        {
            return Within(JpegFile.ReadHeader(file), maximumPixels);
        }

        if (file.StartsWith(PngFile.Signature))
        {
            return Within(PngFile.ReadHeader(file), maximumPixels);
        }

        if (file.StartsWith(WebPFile.Signature) && file.Length >= 12 && file[8..].StartsWith(WebPFile.FormType))
        {
            return Within(WebPFile.ReadHeader(file), maximumPixels);
        }

        if (file.StartsWith(GifFile.Signature))
        {
            return Within(GifFile.ReadHeader(file), maximumPixels);
        }

        if (PixmapFile.Is(file))
        {
            return Within(PixmapFile.ReadHeader(file), maximumPixels);
        }

        return file.StartsWith(BmpFile.Signature)
            ? Within(BmpFile.ReadHeader(file), maximumPixels)
            : throw ImageFaults.NotAnImage(file.Length);
    }

    private static ImageHeader Within(ImageHeader header, long maximumPixels)
    {
        if (header.Width <= 0 || header.Height <= 0)
        {
            throw ImageFaults.Damaged($"a size of {header.Width}x{header.Height}");
        }

        // Four bytes a pixel must also fit one array.
        var limit = Math.Min(maximumPixels, Array.MaxLength / 4);
        return (long)header.Width * header.Height <= limit ? header : throw ImageFaults.TooManyPixels(header, limit);
    }
}
