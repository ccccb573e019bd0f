using OpenCvSharp;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// A white RGB page to put pictures and text on. The font is built into OpenCV, because a bare machine has none; it knows ASCII only.
/// </summary>
internal sealed class Canvas : IDisposable
{
    // Strokes are drawn twice as large and averaged down: OpenCV's own antialiasing is too coarse for small text.
    private const int Supersampling = 2;
    private const HersheyFonts Font = HersheyFonts.HersheyDuplex;
    private const double FontUnitsPerPixel = 0.045;
    private readonly Mat page;

    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public Canvas(int width, int height)
    {
        Width = width;
        Height = height;
        page = new Mat(height * Supersampling, width * Supersampling, MatType.CV_8UC3, Scalar.White);
    }

    /// <summary>Pixels.</summary>
    public int Width { get; }

    /// <summary>Pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels of one line of text whose capitals are <paramref name="capitalHeight"/> pixels high.</summary>
    public static int MeasureText(string text, int capitalHeight)
        => Cv2.GetTextSize(Printable(text), Font, Supersampling * capitalHeight * FontUnitsPerPixel, 1, out _).Width / Supersampling;

    /// <summary>Writes one line; <paramref name="y"/> is where the letters stand.</summary>
    public void DrawText(string text, int x, int y, int capitalHeight, (byte Red, byte Green, byte Blue) color)
        => Cv2.PutText(
            page,
            Printable(text),
            Enlarged(x, y),
            Font,
            Supersampling * capitalHeight * FontUnitsPerPixel,
            Color(color),
            1,
            LineTypes.AntiAlias);

    /// <summary>Fills a rectangle.</summary>
    public void FillRectangle(int x, int y, int width, int height, (byte Red, byte Green, byte Blue) color)
        => Cv2.Rectangle(page, new Rect(Enlarged(x, y), new Size(width * Supersampling, height * Supersampling)), Color(color), -1);

    /// <summary>Fits an RGB picture into a square, keeping its proportions; small pictures keep hard pixels.</summary>
    /// <exception cref="ArgumentException">The picture is not RGB.</exception>
    public void DrawPicture(DecodedImage picture, int x, int y, int side)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels != 3)
        {
            throw new ArgumentException($"an RGB picture is needed, not one of {picture.Channels} channels", nameof(picture));
        }

        var scale = (double)side / Math.Max(picture.Width, picture.Height);
        var (width, height) = (Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale)));
        using var source = Mat.FromPixelData(picture.Height, picture.Width, MatType.CV_8UC3, picture.Pixels);
        var place = new Rect(
            Enlarged(x + ((side - width) / 2), y + ((side - height) / 2)),
            new Size(width * Supersampling, height * Supersampling));
        using var target = page.SubMat(place);
        Cv2.Resize(source, target, place.Size, 0, 0, scale >= 1 ? InterpolationFlags.Nearest : InterpolationFlags.Area);
    }

    /// <summary>The page as RGB pixels.</summary>
    public DecodedImage ToImage()
    {
        using var small = new Mat();
        Cv2.Resize(page, small, new Size(Width, Height), 0, 0, InterpolationFlags.Area);
        small.GetArray(out Vec3b[] pixels);
        return new DecodedImage(
            Width,
            Height,
            3,
            System.Runtime.InteropServices.MemoryMarshal.AsBytes<Vec3b>(pixels).ToArray(),
            Indexed: false);
    }

    /// <inheritdoc/>
    public void Dispose() => page.Dispose();

    private static Point Enlarged(int x, int y) => new(x * Supersampling, y * Supersampling);

    private static Scalar Color((byte Red, byte Green, byte Blue) color) => new(color.Red, color.Green, color.Blue);

    private static string Printable(string text)
        => string.Concat(text.EnumerateRunes().Select(rune => rune.Value is >= ' ' and <= '~' ? (char)rune.Value : '?'));
}
