using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Splits cleaned text into the words that byte-pair encoding works on, as the published pattern does with case ignored: a special token, a
/// contraction ('s 't 're 've 'm 'll 'd), a run of letters, one digit, or a run of anything else but space. Enumerates without allocating.
/// </summary>
/// <remarks>
/// A .NET regular expression cannot say this: its \p{L} and \p{N} see UTF-16 halves, so letters beyond the basic plane would count as
/// signs. Ignored case matters once the text is lower-case only for the long s, which then also matches an s.
/// </remarks>
internal ref struct ClipWords(ReadOnlySpan<char> text, string startToken, string endToken)
{
    /// <summary>
    /// A longer run is cut here, because merging takes quadratic time in a word's length and a caption can be one endless word. No context
    /// the model has reaches that far, since the longest token has a few dozen characters.
    /// </summary>
    public const int MaxLength = 4096;

    private const char LongS = '\u017f';
    private ReadOnlySpan<char> rest = text;

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Sign,
    }

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly ClipWords GetEnumerator() => this;

    public bool MoveNext()
    {
        rest = rest.TrimStart();
        if (rest.IsEmpty)
        {
            return false;
        }

        var length = NextLength();
        Current = rest[..length];
        rest = rest[length..];
        return true;
    }

    private readonly int NextLength()
    {
        switch (rest[0])
        {
            case '<' when StartsWith(startToken):
                return startToken.Length;
            case '<' when StartsWith(endToken):
                return endToken.Length;
            case '\'' when ContractionLength() is var contraction and > 0:
                return contraction;
        }

        var kind = KindOf(rest, out var length);
        if (kind == Kind.Number)
        {
            return length;
        }

        while (length < rest.Length && length < MaxLength && KindOf(rest[length..], out var next) == kind)
        {
            length += next;
        }

        return length;
    }

    private readonly int ContractionLength()
    {
        if (rest.Length < 2)
        {
            return 0;
        }

        if (rest[1] is 's' or 't' or 'm' or 'd' or LongS)
        {
            return 2;
        }

        return rest.Length > 2 && (rest[1], rest[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private readonly bool StartsWith(string token)
    {
        if (rest.Length < token.Length)
        {
            return false;
        }

        for (var i = 0; i < token.Length; i++)
        {
            if (rest[i] != token[i] && !(rest[i] == LongS && token[i] == 's'))
            {
                return false;
            }
        }

        return true;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int length)
    {
        length = 1;
        if (char.IsAsciiLetterLower(text[0]))
        {
            return Kind.Letter;
        }

        Rune.DecodeFromUtf16(text, out var rune, out length);
        return Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Kind.Sign;
    }
}
