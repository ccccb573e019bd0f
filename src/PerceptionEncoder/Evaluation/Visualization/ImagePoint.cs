using System.Globalization;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>
/// A place in an image of any size: <c>120,80</c> in pixels from the top left, <c>40%,55%</c> of width and height, or <c>center</c>.
/// </summary>
public sealed record ImagePoint
{
    private readonly (double Value, bool IsShare) x;
    private readonly (double Value, bool IsShare) y;

    private ImagePoint((double Value, bool IsShare) x, (double Value, bool IsShare) y) => (this.x, this.y) = (x, y);

    /// <summary>Reads a point as a user writes it.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static ImagePoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text == "center" ? ["50%", "50%"] : text.Split(',');
        return parts.Length == 2 && Number(parts[0]) is { } x && Number(parts[1]) is { } y
            ? new ImagePoint(x, y)
            : throw new UserErrorException(
                $"--point {text}: is no place in an image. Write x,y in pixels (120,80), in percent (40%,55%), or center.");
    }

    /// <summary>As shares of width and height, in [0, 1).</summary>
    /// <exception cref="UserErrorException">The image is too small.</exception>
    public (double X, double Y) In(string image, int width, int height)
    {
        var (across, down) = (x.IsShare ? x.Value : (x.Value + 0.5) / width, y.IsShare ? y.Value : (y.Value + 0.5) / height);
        return across is >= 0 and <= 1 && down is >= 0 and <= 1
            ? (Math.Min(across, 1 - 1e-9), Math.Min(down, 1 - 1e-9))
            : throw new UserErrorException($"{image}: the point is outside of its {width}x{height} pixels. "
                + "Write it in percent (40%,55%) where images differ in size.");
    }

    private static (double Value, bool IsShare)? Number(string text)
    {
        var isShare = text.EndsWith('%');
        return double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? (isShare ? value / 100 : value, isShare)
            : null;
    }
}
