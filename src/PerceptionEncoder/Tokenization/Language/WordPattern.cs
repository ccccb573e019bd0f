using System.Text;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Cuts text into the words that are merged each for itself, by the published regular expressions.</summary>
/// <remarks>
/// The expressions are written for code points, .NET's are for UTF-16. So they see a stand-in for the text: one character for each code
/// point, of the same kind (letter, number, other). A long s counts as an s there, as the folding of cases has it that .NET leaves out.
/// </remarks>
internal sealed class WordPattern
{
    /// <summary>Llama 3's: numbers in groups of three digits.</summary>
    public const string Llama = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2's: every digit for itself.</summary>
    public const string Qwen = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>GPT-2's, which byte-level vocabularies have that name no other.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const char LetterStandIn = '\u01BB', NumberStandIn = '\u00BD', MarkStandIn = '\u0300', OtherStandIn = '\uE000', LongS = '\u017F';

    private readonly Regex[] expressions;

    /// <param name="expressions">Each cuts the pieces that those before it left.</param>
    /// <exception cref="ArgumentException">One is not an expression that .NET knows.</exception>
    public WordPattern(params IReadOnlyList<string> expressions)
    {
        Expressions = expressions;
        this.expressions = [.. expressions.Select(expression => new Regex(expression, RegexOptions.CultureInvariant))];
    }

    public IReadOnlyList<string> Expressions { get; }

    /// <summary>The words of the text, one after the other; together they are the text.</summary>
    public IEnumerable<Range> Split(string text)
    {
        var (standIn, starts) = StandIn(text);
        IEnumerable<Range> words = text.Length == 0 ? [] : [0..standIn.Length];
        foreach (var expression in expressions)
        {
            words = words.SelectMany(word => Cut(expression, standIn, word));
        }

        return starts is null ? words : words.Select(word => starts[word.Start.Value]..starts[word.End.Value]);
    }

    private static List<Range> Cut(Regex expression, string text, Range piece)
    {
        var (offset, length) = piece.GetOffsetAndLength(text.Length);
        var words = new List<Range>();
        var end = 0;
        foreach (var match in expression.EnumerateMatches(text.AsSpan(offset, length)))
        {
            if (match.Index > end)
            {
                words.Add((offset + end)..(offset + match.Index));
            }

            if (match.Length > 0)
            {
                words.Add((offset + match.Index)..(offset + match.Index + match.Length));
            }

            end = match.Index + match.Length;
        }

        if (end < length)
        {
            words.Add((offset + end)..(offset + length));
        }

        return words;
    }

    /// <summary>One character for each code point, and where each begins in the text (null: at its own index).</summary>
    private static (string Text, int[]? Starts) StandIn(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
        {
            return (text.Replace(LongS, 's'), null);
        }

        var characters = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        var start = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(start);
            characters.Append(rune.IsBmp ? rune.Value == LongS ? 's' : (char)rune.Value
                : Rune.IsLetter(rune) ? LetterStandIn
                : Rune.IsNumber(rune) ? NumberStandIn
                : IsMark(rune) ? MarkStandIn
                : OtherStandIn);
            start += rune.Utf16SequenceLength;
        }

        starts.Add(start);
        return (characters.ToString(), [.. starts]);
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark
        or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark;
}
