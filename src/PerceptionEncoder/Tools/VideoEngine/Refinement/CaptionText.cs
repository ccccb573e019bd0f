using System.Text;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>Captions of models and people, made fit to be stored and learned from.</summary>
internal static class CaptionText
{
    /// <summary>Characters of the longest caption: some ten times more than any text tower reads.</summary>
    public const int Longest = 10_000;

    /// <summary>
    /// The text without white space at its ends, controls other than line breaks and tabs as spaces, halves of surrogate pairs as the mark
    /// for what cannot be read, cut to <see cref="Longest"/>; null where nothing is left.
    /// </summary>
    public static string? Clean(string text)
    {
        var builder = new StringBuilder(Math.Min(text.Length, Longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (builder.Length + rune.Utf16SequenceLength > Longest)
            {
                break;
            }

            builder.Append(Rune.IsControl(rune) && rune.Value is not ('\n' or '\t') ? new Rune(' ') : rune);
        }

        var clean = builder.ToString().Trim();
        return clean.Length > 0 ? clean : null;
    }
}
