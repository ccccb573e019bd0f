using System.Buffers;
using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// What the published tokenizer does to a text before it splits it into words. Each step returns the same instance when there is nothing to
/// do.
/// </summary>
/// <remarks>
/// The reference's first step is the Python library ftfy. Its repairs of characters are done here (<see cref="RepairCharacters"/>). Its
/// guess at text decoded with the wrong character set (mojibake) is not: no maintained .NET library offers it, so such text passes
/// unchanged.
/// </remarks>
internal static class TextCleaning
{
    private const int MaximumRounds = 32;

    private static readonly SearchValues<char> PlainAscii = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5f).Select(code => (char)code), '\t', '\n', '\f', '\r']);

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
    /// Reads stray C1 controls as Windows-1252, spells out Latin ligatures, sets the usual width, straightens curly quotes, drops terminal
    /// escapes, control characters and byte-order marks, replaces lone surrogates by U+FFFD, and composes letters with their accents (NFC),
    /// until nothing changes any more. Lines before the first tag are unescaped first, so that quotes written as entities are straightened
    /// too.
    /// </summary>
    public static string RepairCharacters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tag = text.IndexOf('<', StringComparison.Ordinal);
        if (tag < 0)
        {
            return Repair(text, unescape: true);
        }

        var line = text.LastIndexOf('\n', tag) + 1;
        return line == 0 ? Repair(text, unescape: false) : Repair(text[..line], unescape: true) + Repair(text[line..], unescape: false);
    }

    private static string Repair(string text, bool unescape)
    {
        // The limit keeps a text that was escaped a million times over from taking a million passes.
        for (var round = 0; round < MaximumRounds; round++)
        {
            var before = text;
            text = unescape ? HtmlEntities.UnescapeTerminated(text) : text;
            text = text.AsSpan().ContainsAnyExcept(PlainAscii) ? CanonicalForm.Compose(CharacterRepair.Apply(text)) : text;
            if (text == before)
            {
                return before;
            }
        }

        return text;
    }

    /// <summary>
    /// Replaces HTML5 character references once, by the rules of Python's <c>html.unescape</c>: <c>&amp;copy 2020</c> needs no semicolon.
    /// </summary>
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

    /// <summary>
    /// Full Unicode lower-casing as Python does it: capital sigma at a word's end becomes ς, and İ becomes i with a combining dot.
    /// </summary>
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
