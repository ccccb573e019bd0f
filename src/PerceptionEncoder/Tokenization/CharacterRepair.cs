using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>The character-level repairs that the reference's text-repair library (ftfy 6) makes by default, in its order.</summary>
internal static class CharacterRepair
{
    private const int FullWidthOffset = '\uff01' - '!';
    private const char FirstHalfWidth = '\uff5f';
    private const char Escape = '\u001b';

    // Half-width kana, jamo and signs from U+FF5F on in their usual width; zero where there is none, and U+FFE3 is two characters.
    private const string UsualWidth =
        "\u2985\u2986\u3002\u300c\u300d\u3001\u30fb\u30f2\u30a1\u30a3\u30a5\u30a7\u30a9\u30e3\u30e5\u30e7\u30c3\u30fc"
        + "\u30a2\u30a4\u30a6\u30a8\u30aa\u30ab\u30ad\u30af\u30b1\u30b3\u30b5\u30b7\u30b9\u30bb\u30bd\u30bf\u30c1\u30c4"
        + "\u30c6\u30c8\u30ca\u30cb\u30cc\u30cd\u30ce\u30cf\u30d2\u30d5\u30d8\u30db\u30de\u30df\u30e0\u30e1\u30e2\u30e4"
        + "\u30e6\u30e8\u30e9\u30ea\u30eb\u30ec\u30ed\u30ef\u30f3\u3099\u309a\u1160\u1100\u1101\u11aa\u1102\u11ac\u11ad"
        + "\u1103\u1104\u1105\u11b0\u11b1\u11b2\u11b3\u11b4\u11b5\u111a\u1106\u1107\u1108\u1121\u1109\u110a\u110b\u110c"
        + "\u110d\u110e\u110f\u1110\u1111\u1112\0\0\0\u1161\u1162\u1163\u1164\u1165\u1166\0\0\u1167\u1168\u1169\u116a"
        + "\u116b\u116c\0\0\u116d\u116e\u116f\u1170\u1171\u1172\0\0\u1173\u1174\u1175\0\0\0\u00a2\u00a3\u00ac?\u00a6"
        + "\u00a5\u20a9\0\u2502\u2190\u2191\u2192\u2193\u25a0\u25cb\0";

    /// <summary>
    /// Straightens quotes, spells out ligatures, sets the usual width, then drops terminal escapes and control characters.
    /// </summary>
    public static string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // yields U+FFFD for a lone surrogate
        {
            Append(result, rune);
        }

        return WithoutControls(result.ToString());
    }

    private static void Append(StringBuilder result, Rune rune)
    {
        switch (rune.Value)
        {
            case >= 0x80 and <= 0x9f:
                result.Append(HtmlEntities.Windows1252[rune.Value - 0x80] is var meant and not '\0' ? meant : (char)rune.Value);
                break;
            case 0x2bc or (>= 0x2018 and <= 0x201b) or 0x149:
                result.Append(rune.Value == 0x149 ? "'n" : "'");
                break;
            case >= 0x201c and <= 0x201f:
                result.Append('"');
                break;
            case 0x3000:
                result.Append(' ');
                break;
            case >= 0xff01 and < FirstHalfWidth:
                result.Append((char)(rune.Value - FullWidthOffset));
                break;
            case 0xffe3:
                result.Append(" \u0304");
                break;
            case >= FirstHalfWidth and <= 0xffef when UsualWidth[rune.Value - FirstHalfWidth] is var usual and not '\0':
                result.Append(usual);
                break;
            case var code when Ligature(code) is { } letters:
                result.Append(letters);
                break;
            default:
                result.Append(rune);
                break;
        }
    }

    private static string WithoutControls(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Escape)
            {
                i += TerminalEscape(text.AsSpan(i)) is > 0 and var length ? length - 1 : 0;
            }
            else if (!IsControl(text[i]))
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    /// <summary>
    /// Length of an ANSI sequence of colour or movement: escape, bracket, digits and semicolons, a letter; 0 where there is none.
    /// </summary>
    private static int TerminalEscape(ReadOnlySpan<char> text)
    {
        var end = 2;
        while (end < text.Length && (char.IsDigit(text[end]) || text[end] == ';'))
        {
            end++;
        }

        return end < text.Length && text[1] == '[' && char.IsAsciiLetter(text[end]) ? end + 1 : 0;
    }

    // Deprecated formatting characters, the byte-order mark and interlinear annotation count as controls; tab, line breaks and form feed do
    // not.
    private static bool IsControl(int code)
        => code is <= 0x08 or 0x0b or (>= 0x0e and <= 0x1f) or 0x7f or (>= 0x206a and <= 0x206f) or 0xfeff or (>= 0xfff9 and <= 0xfffc);

    private static string? Ligature(int code) => code switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => null,
    };
}
