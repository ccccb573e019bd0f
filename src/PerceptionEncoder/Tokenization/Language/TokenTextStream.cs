using System.Text;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>
/// Text of tokens that come one by one: a character whose bytes lie in several tokens appears when its last byte is there, never in parts.
/// </summary>
public sealed class TokenTextStream
{
    private readonly LanguageTokenizer tokenizer;
    private readonly bool spellSpecial;
    private readonly Decoder utf8 = Encoding.UTF8.GetDecoder();

    // The story tokenizer writes a space before the first word of a text, which is none of the text.
    private bool afterStart;

    /// <param name="tokenizer">Whose ids come.</param>
    /// <param name="spellSpecial">Whether special tokens are written by name or left out.</param>
    public TokenTextStream(LanguageTokenizer tokenizer, bool spellSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.tokenizer = tokenizer;
        this.spellSpecial = spellSpecial;
    }

    /// <summary>The text that is complete with this token; often empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Add(int id)
    {
        var bytes = tokenizer.BytesOf(id);
        if (tokenizer.NameOf(id) is { } name)
        {
            afterStart = id == tokenizer.BeginOfText && tokenizer.StartsWithSpace;
            return Finish() + (spellSpecial ? name : string.Empty);
        }

        if (afterStart && bytes is [(byte)' ', ..])
        {
            bytes = bytes[1..];
        }

        afterStart = false;
        return Text(bytes, flush: false);
    }

    /// <summary>What is left of a character that was never completed, as U+FFFD; empty otherwise.</summary>
    public string Finish() => Text([], flush: true);

    private string Text(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = new char[utf8.GetCharCount(bytes, flush)];
        return new string(characters[..utf8.GetChars(bytes, characters, flush)]);
    }
}
