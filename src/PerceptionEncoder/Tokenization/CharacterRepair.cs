using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>The character-level repairs that the reference's text-repair library makes by default, as one pass over the text.</summary>
internal static class CharacterRepair
{
    private const int FullWidthOffset = '\uff01' - '!';

    public static string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // yields U+FFFD for a lone surrogate
        {
            switch (rune.Value)
            {
                case >= 0x2018 and <= 0x201b:
                    result.Append('\'');
                    break;
                case >= 0x201c and <= 0x201f:
                    result.Append('"');
                    break;
                case >= 0xff01 and <= 0xff5e:
                    result.Append((char)(rune.Value - FullWidthOffset));
                    break;
                case 0x3000:
                    result.Append(' ');
                    break;
                case var code when IsControl(code):
                    break;
                default:
                    if (Ligature(rune.Value) is { } letters)
                    {
                        result.Append(letters);
                    }
                    else
                    {
                        result.Append(rune);
                    }

                    break;
            }
        }

        return result.ToString();
    }

    // Deprecated formatting characters, the byte-order mark and interlinear annotation count as controls; tab, line breaks and form feed do not.
    private static bool IsControl(int code)
        => code is <= 0x08 or 0x0b or (>= 0x0e and <= 0x1f) or 0x7f or (>= 0x206a and <= 0x206f) or 0xfeff or (>= 0xfff9 and <= 0xfffc);

    private static string? Ligature(int code) => code switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ŉ' => "ʼn",
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
