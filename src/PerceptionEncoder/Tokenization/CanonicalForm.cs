using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Unicode's canonical composition (NFC, UAX #15): a letter and its combining accents become one character where there is one. .NET does
/// nothing here under invariant globalization, so the tables come with the library (<c>CanonicalForms.txt</c>).
/// </summary>
internal static class CanonicalForm
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TailNone = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Dictionary<int, int> CombiningClasses = [];
    private static readonly Dictionary<int, (int First, int? Second)> Parts = [];
    private static readonly Dictionary<(int First, int Second), int> Wholes = [];

    static CanonicalForm()
    {
        using var reader = new StreamReader(typeof(CanonicalForm).Assembly.GetManifestResourceStream("CanonicalForms.txt")!);
        while (reader.ReadLine() is { } line)
        {
            var end = line.IndexOfAny([':', '=']);
            string[] words = end < 0 ? [] : line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line[end] == ':')
            {
                AddClass(int.Parse(line[..end], CultureInfo.InvariantCulture), words);
                continue;
            }

            var (whole, first, second) =
                (Number(line[..end].TrimEnd('!')), Number(words[0]), words.Length > 1 ? Number(words[1]) : (int?)null);
            Parts[whole] = (first, second);
            if (line[end - 1] != '!' && second is { } last)
            {
                Wholes[(first, last)] = whole;
            }
        }
    }

    /// <summary>The composed text; the same instance where it holds nothing that could change.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uffff'))
        {
            return text; // all below are composed already, and none of them combines
        }

        var points = new List<(int Point, int Class)>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            AddDecomposed(rune.Value, points);
        }

        Order(points);
        var composed = new List<int>(points.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var (point, combining) in points)
        {
            var isNext = starter == composed.Count - 1;
            if (starter >= 0 && (isNext || lastClass < combining) && Whole(composed[starter], point) is { } whole)
            {
                composed[starter] = whole;
                continue;
            }

            (starter, lastClass) = combining == 0 ? (composed.Count, 0) : (starter, combining);
            composed.Add(point);
        }

        var result = new StringBuilder(text.Length);
        composed.ForEach(point => result.Append(new Rune(point)));
        return result.ToString();
    }

    private static void AddDecomposed(int point, List<(int Point, int Class)> points)
    {
        if (point is >= HangulFirst and < HangulFirst + (Leads * Vowels * Tails))
        {
            var index = point - HangulFirst;
            points.Add((LeadFirst + (index / (Vowels * Tails)), 0));
            points.Add((VowelFirst + (index / Tails % Vowels), 0));
            if (index % Tails > 0)
            {
                points.Add((TailNone + (index % Tails), 0));
            }
        }
        else if (Parts.TryGetValue(point, out var parts))
        {
            AddDecomposed(parts.First, points);
            if (parts.Second is { } second)
            {
                AddDecomposed(second, points);
            }
        }
        else
        {
            points.Add((point, CombiningClasses.GetValueOrDefault(point)));
        }
    }

    /// <summary>Each run of combining characters in the order of their classes, those of one class as they are.</summary>
    private static void Order(List<(int Point, int Class)> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && points[end].Class > 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var ordered = points[start..end].OrderBy(each => each.Class).ToArray();
                for (var i = 0; i < ordered.Length; i++)
                {
                    points[start + i] = ordered[i];
                }
            }

            start = end;
        }
    }

    private static int? Whole(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < Leads && second - VowelFirst is >= 0 and < Vowels)
        {
            return HangulFirst + ((((first - LeadFirst) * Vowels) + second - VowelFirst) * Tails);
        }

        if (first - HangulFirst is >= 0 and < Leads * Vowels * Tails
            && (first - HangulFirst) % Tails == 0
            && second - TailNone is > 0 and < Tails)
        {
            return first + second - TailNone;
        }

        return Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }

    private static void AddClass(int combining, string[] runs)
    {
        foreach (var run in runs)
        {
            var ends = run.Split('-');
            for (var point = Number(ends[0]); point <= Number(ends[^1]); point++)
            {
                CombiningClasses[point] = combining;
            }
        }
    }

    private static int Number(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
