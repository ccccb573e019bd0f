using System.Buffers;
using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// Makes text fit into a picture whose viewer chooses the font. Widths are estimated on the safe side, by the widest of the customary
/// fonts.
/// </summary>
internal static class TextFit
{
    private const string Ellipsis = "…";

    /// <summary>Signs that a word may be broken after: names are often settings or paths.</summary>
    private static readonly SearchValues<char> Joints = SearchValues.Create(",=_-/.");

    /// <summary>Where scripts begin whose signs are as wide as they are high, or wider.</summary>
    private const int FirstWide = 0x1100;

    /// <summary>Pixels that a line of text takes at most.</summary>
    public static double Width(string text, double size) => Pixels(Shares(text), size);

    /// <summary>The text, or as much of its beginning as fits and an ellipsis.</summary>
    public static string Cut(string text, double width, double size)
        => Width(text, size) <= width ? text : text[..Fitting(text, width - Width(Ellipsis, size), size)].TrimEnd() + Ellipsis;

    /// <summary>
    /// Lines that fit, broken between words or after joints where possible; the last ends in an ellipsis where there would be more than
    /// <paramref name="most"/>.
    /// </summary>
    public static string[] Wrap(string text, double width, double size, int most)
    {
        var lines = new List<string>();
        var rest = text.Trim();
        while (lines.Count < most - 1 && Width(rest, size) > width)
        {
            var fitting = Math.Max(StringInfo.GetNextTextElementLength(rest), Fitting(rest, width, size));
            var joint = Math.Max(
                rest.AsSpan(0, fitting).LastIndexOfAny(Joints) + 1,
                rest.LastIndexOf(' ', Math.Min(fitting, rest.Length - 1)));
            var end = joint > 0 ? joint : fitting;
            lines.Add(rest[..end].TrimEnd());
            rest = rest[end..].TrimStart();
        }

        return [.. lines, Cut(rest, width, size)];
    }

    /// <summary>How many characters of the beginning fit; what is written as one sign is not torn.</summary>
    private static int Fitting(string text, double width, double size)
    {
        var (fitting, shares) = (0, 0);
        while (fitting < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, fitting);
            shares += Shares(text.AsSpan(fitting, length));
            if (Pixels(shares, size) > width)
            {
                break;
            }

            fitting += length;
        }

        return fitting;
    }

    private static double Pixels(int shares, double size) => shares * size / 100;

    private static int Shares(ReadOnlySpan<char> text)
    {
        var shares = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            shares += Share(rune);
        }

        return shares;
    }

    /// <summary>Width in hundredths of the font's size: whole numbers, whose sum is the same in whatever parts it is taken.</summary>
    private static int Share(Rune rune) => rune.Value switch
    {
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format => 0,
        '…' or '–' or '—' => 100,
        >= FirstWide => 130,
        ' ' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or '(' or ')' or '[' or ']' or '-' or '/' => 42,
        'f' or 'i' or 'j' or 'l' or 'r' or 't' or 'I' => 42,
        'm' or 'w' or 'M' or 'W' or '%' or '@' => 100,
        >= 'A' and <= 'Z' or '=' or '+' or '<' or '>' or '~' or '&' or '#' => 84,
        _ => 65,
    };
}
