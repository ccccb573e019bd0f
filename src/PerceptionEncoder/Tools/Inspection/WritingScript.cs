using System.Text;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>The script that a text is written in: as much of its language as letters tell.</summary>
/// <remarks>Ranges are those of Unicode's blocks; scripts with few blocks of their own count as others.</remarks>
internal static class WritingScript
{
    /// <summary>Of a text without letters.</summary>
    public const string None = "no letters";

    /// <summary>Of a text of which no script has most letters.</summary>
    public const string Several = "several";

    private const string Latin = "Latin";
    private const string Han = "Han";
    private const string Kana = "Kana";
    private const string Japanese = "Kana and Han";
    private const string Other = "others";
    private const double Most = 0.7;

    private static readonly (int First, int Last, string Name)[] Blocks =
    [
        (0x0041, 0x024F, Latin), (0x0250, 0x02AF, Latin), (0x0370, 0x03FF, "Greek"), (0x0400, 0x052F, "Cyrillic"),
        (0x0530, 0x058F, "Armenian"), (0x0590, 0x05FF, "Hebrew"), (0x0600, 0x06FF, "Arabic"), (0x0750, 0x077F, "Arabic"),
        (0x0870, 0x08FF, "Arabic"), (0x0900, 0x097F, "Devanagari"), (0x0980, 0x09FF, "Bengali"), (0x0A00, 0x0A7F, "Gurmukhi"),
        (0x0A80, 0x0AFF, "Gujarati"), (0x0B00, 0x0B7F, "Oriya"), (0x0B80, 0x0BFF, "Tamil"), (0x0C00, 0x0C7F, "Telugu"),
        (0x0C80, 0x0CFF, "Kannada"), (0x0D00, 0x0D7F, "Malayalam"), (0x0D80, 0x0DFF, "Sinhala"), (0x0E00, 0x0E7F, "Thai"),
        (0x0E80, 0x0EFF, "Lao"), (0x0F00, 0x0FFF, "Tibetan"), (0x1000, 0x109F, "Burmese"), (0x10A0, 0x10FF, "Georgian"),
        (0x1100, 0x11FF, "Hangul"), (0x1200, 0x139F, "Ethiopic"), (0x1780, 0x17FF, "Khmer"), (0x1800, 0x18AF, "Mongolian"),
        (0x1C80, 0x1C8F, "Cyrillic"), (0x1C90, 0x1CBF, "Georgian"), (0x1E00, 0x1EFF, Latin), (0x1F00, 0x1FFF, "Greek"),
        (0x2C60, 0x2C7F, Latin), (0x2D00, 0x2D2F, "Georgian"), (0x2DE0, 0x2DFF, "Cyrillic"), (0x2E80, 0x2FDF, Han),
        (0x3005, 0x3007, Han), (0x3040, 0x30FF, Kana), (0x3100, 0x312F, "Bopomofo"), (0x3130, 0x318F, "Hangul"), (0x31F0, 0x31FF, Kana),
        (0x3400, 0x9FFF, Han), (0xA640, 0xA69F, "Cyrillic"), (0xA720, 0xA7FF, Latin), (0xA8E0, 0xA8FF, "Devanagari"),
        (0xAC00, 0xD7FF, "Hangul"), (0xF900, 0xFAFF, Han), (0xFB00, 0xFB06, Latin), (0xFB1D, 0xFB4F, "Hebrew"),
        (0xFB50, 0xFDFF, "Arabic"), (0xFE70, 0xFEFF, "Arabic"), (0xFF21, 0xFF5A, Latin), (0xFF66, 0xFF9F, Kana),
        (0x20000, 0x323AF, Han),
    ];

    /// <summary>The script of at least seven letters in ten; Japanese mixes two.</summary>
    public static string Of(string text)
    {
        var (latin, letters) = (0, 0);
        Dictionary<string, int>? counts = null;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                var isLetter = char.IsAsciiLetter((char)rune.Value) ? 1 : 0;
                (latin, letters) = (latin + isLetter, letters + isLetter);
            }
            else if (Rune.IsLetter(rune))
            {
                var script = OfLetter(rune.Value);
                counts ??= new Dictionary<string, int>(StringComparer.Ordinal);
                counts[script] = counts.GetValueOrDefault(script) + 1;
                letters++;
            }
        }

        if (letters == 0 || counts is null)
        {
            return letters == 0 ? None : Latin;
        }

        counts[Latin] = counts.GetValueOrDefault(Latin) + latin;
        if (counts.Remove(Kana, out var kana))
        {
            counts.Remove(Han, out var han);
            counts[Japanese] = kana + han;
        }

        var (name, count) = counts.MaxBy(pair => pair.Value);
        return count >= Most * letters ? name : Several;
    }

    private static string OfLetter(int letter)
    {
        var (low, high) = (0, Blocks.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var (first, last, name) = Blocks[middle];
            if (letter >= first && letter <= last)
            {
                return name;
            }

            (low, high) = letter < first ? (low, middle - 1) : (middle + 1, high);
        }

        return Other;
    }
}
