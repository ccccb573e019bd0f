using System.Buffers;
using System.Globalization;
using System.Text;
using AngleSharp.Html;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// HTML5 character references by the rules of Python's <c>html.unescape</c>, which the published tokenizer calls: names with and without
/// semicolon, longest known name first, and numeric references with HTML5's replacements for invalid code points.
/// </summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;
    private const int LongestNameWithoutSemicolon = 6;
    private const int LongestTerminatedName = 24;

    // HTML5 reads the numbers 0x80..0x9F as Windows-1252; zero marks the five that stay the control character they name.
    public const string Windows1252 =
        "\u20ac\0\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\0\u017d\0\0"
        + "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\0\u017e\u0178";

    private static readonly SearchValues<char> EndsName = SearchValues.Create("\t\n\f <&#;");

    /// <summary>Replaces each reference once; references that appear by the replacement stay.</summary>
    public static string Unescape(string text)
    {
        var ampersand = text.IndexOf('&', StringComparison.Ordinal);
        if (ampersand < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var position = 0;
        while (ampersand >= 0)
        {
            result.Append(text, position, ampersand - position);
            position = ampersand + 1;
            position += AppendReference(result, text.AsSpan(position));
            ampersand = text.IndexOf('&', position);
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>
    /// Replaces each reference that ends in a semicolon once, as the text-repair library does: names in capitals stand for the capital of
    /// what the name in small letters means, and a number that stands for a semicolon stays.
    /// </summary>
    public static string UnescapeTerminated(string text)
    {
        var ampersand = text.IndexOf('&', StringComparison.Ordinal);
        if (ampersand < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var position = 0;
        for (; ampersand >= 0; ampersand = text.IndexOf('&', position))
        {
            result.Append(text, position, ampersand - position);
            var length = TerminatedLength(text.AsSpan(ampersand));
            result.Append(length > 0 ? Terminated(text.Substring(ampersand, length)) : "&");
            position = ampersand + Math.Max(1, length);
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>Length of <c>&amp;name;</c> or <c>&amp;#number;</c> with its semicolon; 0 where there is none.</summary>
    private static int TerminatedLength(ReadOnlySpan<char> text)
    {
        var start = text.Length > 1 && text[1] == '#' ? 2 : 1;
        var end = start;
        while (end < text.Length && end - start <= LongestTerminatedName && char.IsAsciiLetterOrDigit(text[end]))
        {
            end++;
        }

        return end > start && end - start <= LongestTerminatedName && end < text.Length && text[end] == ';' ? end + 1 : 0;
    }

    private static string Terminated(string reference)
    {
        if (reference[1] == '#')
        {
            var character = Unescape(reference);
            return character.Contains(';', StringComparison.Ordinal) ? reference : character;
        }

        if (Symbol(reference.AsSpan(1)) is { } symbol)
        {
            return symbol;
        }

        var isCapital = !reference.AsSpan().ContainsAnyInRange('a', 'z') && Unescape(reference) == reference;
        return !isCapital || Symbol(reference[1..].ToLowerInvariant()) is not { } small ? reference
            : small == "ß" ? "SS" : small.ToUpperInvariant();
    }

    /// <summary>Appends what the reference after an ampersand stands for, or the ampersand; returns how much of it was used up.</summary>
    private static int AppendReference(StringBuilder result, ReadOnlySpan<char> rest)
    {
        if (rest.Length > 1 && rest[0] == '#')
        {
            return AppendNumeric(result, rest);
        }

        var longest = rest[..Math.Min(rest.Length, LongestName)];
        var stop = longest.IndexOfAny(EndsName);
        var length = stop >= 0 ? stop : longest.Length;
        if (length > 0 && length < rest.Length && rest[length] == ';' && Symbol(rest[..(length + 1)]) is { } terminated)
        {
            result.Append(terminated);
            return length + 1;
        }

        for (var prefix = Math.Min(length, LongestNameWithoutSemicolon); prefix > 1; prefix--)
        {
            if (Symbol(rest[..prefix]) is { } symbol)
            {
                result.Append(symbol);
                return prefix;
            }
        }

        result.Append('&');
        return 0;
    }

    private static int AppendNumeric(StringBuilder result, ReadOnlySpan<char> rest)
    {
        var hexadecimal = rest[1] is 'x' or 'X';
        var start = hexadecimal ? 2 : 1;
        var end = start;
        var number = 0;
        while (end < rest.Length && (hexadecimal ? char.IsAsciiHexDigit(rest[end]) : char.IsAsciiDigit(rest[end])))
        {
            // Past the last code point the value no longer matters, only that it is too large.
            number = Math.Min(number * (hexadecimal ? 16 : 10) + int.Parse(rest.Slice(end, 1), NumberStyles.HexNumber), 0x110000);
            end++;
        }

        if (end == start)
        {
            result.Append('&');
            return 0;
        }

        AppendCodePoint(result, number);
        return end < rest.Length && rest[end] == ';' ? end + 1 : end;
    }

    private static void AppendCodePoint(StringBuilder result, int number)
    {
        if (number is >= 0x80 and <= 0x9f && Windows1252[number - 0x80] is var character and not '\0')
        {
            result.Append(character);
        }
        else if (number == 0 || !Rune.IsValid(number))
        {
            result.Append('\ufffd');
        }
        else if (!IsDropped(number))
        {
            result.Append(new Rune(number));
        }
    }

    // Controls other than white space, and non-characters.
    private static bool IsDropped(int number)
        => number is (>= 0x01 and <= 0x08) or 0x0b or (>= 0x0e and <= 0x1f) or 0x7f or (>= 0xfdd0 and <= 0xfdef)
            || (number & 0xfffe) == 0xfffe;

    private static string? Symbol(ReadOnlySpan<char> name) => HtmlEntityProvider.Resolver.GetSymbol(name.ToString());
}
