namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>From CIE LCh, in which equal steps look equally large, to the sRGB of a screen.</summary>
internal static class LchColor
{
    /// <summary>D65, of the 2 degree observer.</summary>
    private static readonly (double X, double Y, double Z) White = (0.95047, 1, 1.08883);

    /// <summary>What a screen cannot show is brought to the nearest value of each channel.</summary>
    /// <param name="lightness">0 black to 100 white.</param>
    /// <param name="chroma">0 grey; screens show about 100 at most.</param>
    /// <param name="hue">Degrees: 0 is pink-red, 90 yellow, 180 green, 270 blue.</param>
    public static (byte Red, byte Green, byte Blue) ToRgb(double lightness, double chroma, double hue)
    {
        var (sin, cos) = Math.SinCos(hue * Math.PI / 180);
        return LabToRgb(lightness, chroma * cos, chroma * sin);
    }

    /// <summary>From CIE L*a*b* of the D65 white point.</summary>
    public static (byte Red, byte Green, byte Blue) LabToRgb(double lightness, double a, double b)
    {
        var middle = (lightness + 16) / 116;
        var (x, y, z) = (White.X * Linear(middle + (a / 500)), White.Y * Linear(middle), White.Z * Linear(middle - (b / 200)));
        return (
            Channel((3.2404542 * x) - (1.5371385 * y) - (0.4985314 * z)),
            Channel((-0.9692660 * x) + (1.8760108 * y) + (0.0415560 * z)),
            Channel((0.0556434 * x) - (0.2040259 * y) + (1.0572252 * z)));
    }

    /// <summary>The inverse of the cube root with its straight part near black.</summary>
    private static double Linear(double value)
    {
        const double Delta = 6.0 / 29;
        return value > Delta ? value * value * value : 3 * Delta * Delta * (value - (4.0 / 29));
    }

    private static byte Channel(double linear)
    {
        var encoded = linear <= 0.0031308 ? 12.92 * linear : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055;
        return (byte)Math.Round(255 * Math.Clamp(encoded, 0, 1));
    }
}
