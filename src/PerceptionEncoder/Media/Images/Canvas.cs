namespace PerceptionEncoder.Media.Images;

/// <summary>
/// An RGB page to put pictures, shapes and text on. What is painted is antialiased: a pixel's coverage is its signed distance to the
/// outline, clamped to half a pixel either side. The same calls give the same bytes on every machine.
/// </summary>
internal sealed class Canvas
{
    // In grid units of the font, which at the usual height of 8 pixels is one pixel: a stroke a little wider than a pixel is not pale.
    private const double StrokeRadius = 0.58;

    public static readonly (byte Red, byte Green, byte Blue) White = (255, 255, 255);

    private readonly byte[] pixels;

    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="background">Colour of the empty page.</param>
    public Canvas(int width, int height, (byte Red, byte Green, byte Blue) background)
    {
        (Width, Height) = (width, height);
        pixels = new byte[3 * width * height];
        FillRectangle(0, 0, width, height, background);
    }

    /// <summary>Pixels.</summary>
    public int Width { get; }

    /// <summary>Pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels of one line of text whose capitals are <paramref name="capitalHeight"/> pixels high.</summary>
    public static int MeasureText(string text, int capitalHeight)
        => (int)Math.Ceiling(text.EnumerateRunes().Sum(rune => StrokeFont.Of(Letter(rune)).Columns) * GridUnit(capitalHeight));

    /// <summary>Writes one line; <paramref name="y"/> is where the letters stand. What is not ASCII shows as a question mark.</summary>
    public void DrawText(string text, int x, int y, int capitalHeight, (byte Red, byte Green, byte Blue) color)
    {
        var unit = GridUnit(capitalHeight);
        var top = y - capitalHeight + 0.5; // strokes run along the middle of pixels
        var left = x + 0.5;
        foreach (var rune in text.EnumerateRunes())
        {
            var (strokes, columns) = StrokeFont.Of(Letter(rune));
            var from = left;
            Paint(
                left - unit,
                top - unit,
                left + (columns * unit),
                top + ((StrokeFont.CapitalRows + StrokeFont.TailRows + 1) * unit),
                color,
                (column, row) => unit * (Distance(strokes, (column - from) / unit, (row - top) / unit) - StrokeRadius));
            left += columns * unit;
        }
    }

    /// <summary>Fills a rectangle; what of it is outside the page is left out.</summary>
    public void FillRectangle(int x, int y, int width, int height, (byte Red, byte Green, byte Blue) color)
    {
        for (var row = Math.Max(y, 0); row < Math.Min(y + height, Height); row++)
        {
            for (var column = Math.Max(x, 0); column < Math.Min(x + width, Width); column++)
            {
                Blend(column, row, color, 1);
            }
        }
    }

    /// <summary>Paints the inside of an outline.</summary>
    /// <param name="left">The outline reaches no farther than this box; pixels, from the page's upper left corner.</param>
    /// <param name="top">As left.</param>
    /// <param name="right">As left.</param>
    /// <param name="bottom">As left.</param>
    /// <param name="color">What is painted.</param>
    /// <param name="signedDistance">Pixels from a place to the outline, negative inside.</param>
    public void Paint(
        double left,
        double top,
        double right,
        double bottom,
        (byte Red, byte Green, byte Blue) color,
        Func<double, double, double> signedDistance)
    {
        for (var row = Math.Max(0, (int)top); row < Math.Min(Height, (int)bottom + 1); row++)
        {
            for (var column = Math.Max(0, (int)left); column < Math.Min(Width, (int)right + 1); column++)
            {
                Blend(column, row, color, Math.Clamp(0.5 - signedDistance(column + 0.5, row + 0.5), 0, 1));
            }
        }
    }

    /// <summary>Fits an RGB picture into a square, keeping its proportions; small pictures keep hard pixels.</summary>
    /// <exception cref="ArgumentException">The picture is not RGB, or the square reaches beyond the page.</exception>
    public void DrawPicture(DecodedImage picture, int x, int y, int side)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels != 3)
        {
            throw new ArgumentException($"an RGB picture is needed, not one of {picture.Channels} channels", nameof(picture));
        }

        var scale = (double)side / Math.Max(picture.Width, picture.Height);
        var (width, height) = (Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale)));
        (x, y) = (x + ((side - width) / 2), y + ((side - height) / 2));
        if (x < 0 || y < 0 || x + width > Width || y + height > Height)
        {
            throw new ArgumentException($"a picture of {width}x{height} at {x}, {y} reaches beyond its page", nameof(side));
        }

        var planes = new byte[3 * width * height];
        var filter = scale >= 1 ? Interpolation.Nearest : Interpolation.Bilinear;
        ModeAwareResize.ToRgb(
            picture,
            new PixelBox(0, 0, picture.Width, picture.Height),
            (height, width),
            new PixelBox(0, 0, width, height),
            filter,
            planes);
        var fitted = DecodedImage.OfPlanes(planes, height, width).Pixels;
        for (var row = 0; row < height; row++)
        {
            fitted.AsSpan(3 * row * width, 3 * width).CopyTo(pixels.AsSpan(Offset(x, y + row)));
        }
    }

    /// <summary>The page as RGB pixels, without a copy: draw no more.</summary>
    public DecodedImage ToImage() => new(Width, Height, 3, pixels, Indexed: false);

    private static double GridUnit(int capitalHeight) => (capitalHeight - 1.0) / StrokeFont.CapitalRows;

    private static char Letter(System.Text.Rune rune) => rune.IsAscii ? (char)rune.Value : '?';

    /// <summary>From a place to the nearest stroke, in grid units.</summary>
    private static double Distance((int X, int Y)[][] strokes, double x, double y)
    {
        var nearest = double.PositiveInfinity;
        foreach (var stroke in strokes)
        {
            for (var i = 0; i < Math.Max(1, stroke.Length - 1); i++)
            {
                var (from, to) = (stroke[i], stroke[Math.Min(i + 1, stroke.Length - 1)]);
                var (alongX, alongY) = (to.X - from.X, to.Y - from.Y);
                var length = Math.Max(1, (alongX * alongX) + (alongY * alongY));
                var share = Math.Clamp((((x - from.X) * alongX) + ((y - from.Y) * alongY)) / length, 0, 1);
                var (offX, offY) = (x - from.X - (share * alongX), y - from.Y - (share * alongY));
                nearest = Math.Min(nearest, (offX * offX) + (offY * offY));
            }
        }

        return Math.Sqrt(nearest);
    }

    private void Blend(int column, int row, (byte Red, byte Green, byte Blue) color, double coverage)
    {
        var at = Offset(column, row);
        pixels[at] = Mix(pixels[at], color.Red, coverage);
        pixels[at + 1] = Mix(pixels[at + 1], color.Green, coverage);
        pixels[at + 2] = Mix(pixels[at + 2], color.Blue, coverage);
    }

    private int Offset(int column, int row) => 3 * ((row * Width) + column);

    private static byte Mix(byte under, byte over, double coverage) => (byte)Math.Round(under + ((over - under) * coverage));
}
