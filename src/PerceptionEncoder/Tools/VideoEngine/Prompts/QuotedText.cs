using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>Text of strangers made fit to be quoted: one line of limited length in which nothing is hidden.</summary>
internal static class QuotedText
{
    private const char Cut = '…';

    /// <summary>
    /// The text without controls, marks that turn the writing direction and invisible characters; blanks and line breaks become one blank;
    /// what is beyond the limit is cut. Empty where nothing is left.
    /// </summary>
    /// <param name="text">In any script; a half of a surrogate pair becomes U+FFFD.</param>
    /// <param name="longest">Characters of the result.</param>
    public static string Clean(string text, int longest)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        var isBlank = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || rune.Value is '\0')
            {
                isBlank = true;
                continue;
            }

            // Joiners stay, as scripts and emoji need them.
            var isJoiner = rune.Value is 0x200C or 0x200D;
            if (!isJoiner && Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                continue;
            }

            if (isBlank && clean.Length > 0)
            {
                clean.Append(' ');
            }

            isBlank = false;
            clean.Append(rune.ToString());
            if (clean.Length > longest)
            {
                clean.Length = longest - 1;
                clean.Length -= clean.Length > 0 && char.IsHighSurrogate(clean[^1]) ? 1 : 0;
                return clean.Append(Cut).ToString();
            }
        }

        return clean.ToString();
    }
}
