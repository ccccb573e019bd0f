using System.Buffers;
using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>What the published tokenizer does to a text before it splits it into words. Each step returns the same instance when there is nothing to do.</summary>
/// <remarks>
/// The reference's first step is the Python library ftfy. Its character-level repairs are done here (<see cref="RepairCharacters"/>). Its guess at text
/// decoded with the wrong character set (mojibake) is not: no maintained .NET library offers it, so such text passes unchanged. Neither are
/// canonical composition and half-width kana, which need normalization tables that .NET leaves out under invariant globalization.
/// </remarks>
public static class TextCleaning
{
    private static readonly SearchValues<char> PlainAscii = SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(code => (char)code), '\t', '\n', '\f', '\r']);

    /// <summary>All steps in published order.</summary>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = RepairCharacters(text);
        text = UnescapeHtml(UnescapeHtml(text)); // twice, as published: web captions are often escaped doubly
        text = CollapseWhitespace(text);
        return LowerCase(text);
    }

    /// <summary>
    /// Straightens curly quotes, spells out Latin ligatures, narrows full-width ASCII, drops control characters and byte-order marks, and replaces
    /// lone surrogates by U+FFFD. Text without a tag is unescaped first, so that quotes written as entities are straightened too.
    /// </summary>
    public static string RepairCharacters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('<', StringComparison.Ordinal))
        {
            text = UnescapeHtml(text);
        }

        return text.AsSpan().ContainsAnyExcept(PlainAscii) ? CharacterRepair.Apply(text) : text;
    }

    /// <summary>Replaces HTML5 character references once, by the rules of Python's <c>html.unescape</c>: <c>&amp;copy 2020</c> needs no semicolon.</summary>
    public static string UnescapeHtml(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HtmlEntities.Unescape(text);
    }

    /// <summary>Turns each run of Unicode white space into one space and trims both ends.</summary>
    public static string CollapseWhitespace(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsCollapsed(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var pending = false;
        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character))
            {
                pending = result.Length > 0;
                continue;
            }

            if (pending)
            {
                result.Append(' ');
                pending = false;
            }

            result.Append(character);
        }

        return result.ToString();
    }

    /// <summary>Full Unicode lower-casing as Python does it: capital sigma at a word's end becomes ς, and İ becomes i with a combining dot.</summary>
    public static string LowerCase(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Ascii.IsValid(text) ? text.ToLowerInvariant() : FullLowerCase.Apply(text);
    }

    private static bool IsCollapsed(string text)
    {
        var afterSpace = true;
        foreach (var character in text)
        {
            var space = char.IsWhiteSpace(character);
            if (space && (afterSpace || character != ' '))
            {
                return false;
            }

            afterSpace = space;
        }

        return !afterSpace || text.Length == 0;
    }
}
