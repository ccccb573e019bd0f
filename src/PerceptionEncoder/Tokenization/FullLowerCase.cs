using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Unicode's full lower-casing without language rules. .NET's invariant mapping is one to one and looks at no neighbours, which leaves out
/// exactly two characters: capital I with dot (two code points) and capital sigma (final form at a word's end).
/// </summary>
internal static class FullLowerCase
{
    private const char CapitalSigma = '\u03a3';
    private const char Sigma = '\u03c3';
    private const char FinalSigma = '\u03c2';
    private const char CapitalDottedI = '\u0130';
    private const string DottedI = "i\u0307";

    public static string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        var afterLetter = false; // Unicode's Final_Sigma: a cased character before, with only case-ignorable ones between
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            position += rune.Utf16SequenceLength;
            switch (rune.Value)
            {
                case CapitalDottedI:
                    result.Append(DottedI);
                    break;
                case CapitalSigma:
                    result.Append(afterLetter && !LetterFollows(text.AsSpan(position)) ? FinalSigma : Sigma);
                    break;
                default:
                    result.Append(Rune.ToLowerInvariant(rune));
                    break;
            }

            if (!IsCaseIgnorable(rune))
            {
                afterLetter = IsCased(rune);
            }
        }

        return result.ToString();
    }

    private static bool LetterFollows(ReadOnlySpan<char> rest)
    {
        foreach (var rune in rest.EnumerateRunes())
        {
            if (!IsCaseIgnorable(rune))
            {
                return IsCased(rune);
            }
        }

        return false;
    }

    // Marks, format characters, modifiers, and punctuation that stands inside words.
    private static bool IsCaseIgnorable(Rune rune)
        => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
               or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
           || rune.Value is '\'' or '.' or ':' or 0xb7 or 0x387 or 0x55f or 0x5f4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
               or 0xfe13 or 0xfe52 or 0xfe55 or 0xff07 or 0xff0e or 0xff1a;

    // Letters with case, ordinal indicators, and Roman numerals and enclosed letters, which have case without being letters.
    private static bool IsCased(Rune rune)
        => Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter
            or UnicodeCategory.UppercaseLetter
            or UnicodeCategory.TitlecaseLetter
           || rune.Value is 0xaa or 0xba or (>= 0x2160 and <= 0x217f) or (>= 0x24b6 and <= 0x24e9)
               or (>= 0x1f130 and <= 0x1f149) or (>= 0x1f150 and <= 0x1f169) or (>= 0x1f170 and <= 0x1f189);
}
