using System.Text;

namespace PerceptionEncoder;

/// <summary>
/// Text from files, hosts and people, made safe to print: what a terminal would obey instead of showing (control characters, escape
/// sequences, marks that turn the writing direction, invisible characters) is written as <c>\uXXXX</c>. Joiners stay, since scripts and
/// emoji need them.
/// </summary>
public static class VisibleText
{
    /// <summary>Text that is one line: its line breaks and tabs are escaped too.</summary>
    public static string Line(string text) => Escape(text, keepLayout: false);

    /// <summary>Text of several lines: line feeds and tabs stay.</summary>
    public static string Lines(string text) => Escape(text, keepLayout: true);

    private static string Escape(string text, bool keepLayout)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder? escaped = null;
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            var hidden = IsHidden(character) && !(keepLayout && character is '\n' or '\t');
            if (hidden && escaped is null)
            {
                escaped = new StringBuilder(text, 0, index, text.Length + 16);
            }

            _ = hidden ? escaped!.Append("\\u").Append(((int)character).ToString("x4")) : escaped?.Append(character);
        }

        return escaped?.ToString() ?? text;
    }

    /// <summary>
    /// Controls (C0, DEL, C1); line and paragraph separators; marks, embeddings, overrides and isolates of direction; zero-width
    /// characters.
    /// </summary>
    private static bool IsHidden(char character) => char.IsControl(character) || character
        is '\u061c' or '\u200b' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff'
        or (>= '\ufff9' and <= '\ufffb');
}
