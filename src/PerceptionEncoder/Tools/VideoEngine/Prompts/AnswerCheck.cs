using System.Text;
using System.Text.RegularExpressions;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>Whether an answer is a caption. Safe to share between threads.</summary>
/// <param name="options">What is taken.</param>
/// <param name="tokenizer">Counts tokens; null goes by words.</param>
internal sealed partial class AnswerCheck(AnswerOptions options, ITokenizer? tokenizer)
{
    /// <summary>Reason of an answer without a word.</summary>
    public const string Empty = "empty answer";

    /// <summary>Reason of an answer that is longer than it may be.</summary>
    public const string OverLong = "over-long answer";

    /// <summary>Reason of an answer that declines.</summary>
    public const string Refusal = "refusal";

    /// <summary>Reason of an answer in other letters.</summary>
    public const string OtherScript = "other script";

    /// <summary>Reason of an answer that gives the instruction back.</summary>
    public const string CopiedPrompt = "copied prompt";

    /// <summary>Reason of an answer in another language of Latin letters.</summary>
    public const string OtherLanguage = "other language";

    private const int StartAndEnd = 2;
    private const double TokensPerWord = 4.0 / 3;
    private const int CopiedWords = 8;
    private const int RefusalWithin = 160;
    private const double MostForeign = 0.3;

    /// <summary>Why an answer is no use; null where it is.</summary>
    /// <param name="text">As <see cref="AnswerText.Clean"/> gives it.</param>
    /// <param name="isFinal">It is a summary, which training reads whole.</param>
    /// <param name="prompt">The instruction that it answers.</param>
    public string? Fault(string text, bool isFinal, PromptFile prompt)
        => !text.Any(char.IsLetterOrDigit) ? Empty
            : IsRefusal(text) ? Refusal
            : IsCopied(text, prompt) ? CopiedPrompt
            : IsOverLong(text, isFinal) ? OverLong
            : options.Script == AnswerScript.Latin && IsForeign(text) ? OtherScript
            : options.Script == AnswerScript.Latin && FunctionWords.AreForeign(Words(Unquoted(text))) ? OtherLanguage
            : null;

    private bool IsOverLong(string text, bool isFinal)
    {
        var words = Words(text).Count;
        return !isFinal ? words > options.LongestDraft
            : (tokenizer?.Encode(text).Count ?? words * TokensPerWord) + StartAndEnd > options.Context;
    }

    private static bool IsRefusal(string text)
        => Unquoted(text) is var said && RefusalPhrase().IsMatch(said.Length > RefusalWithin ? said[..RefusalWithin] : said);

    /// <summary>Without what is quoted, such as the words of a sign; all where nothing else is there.</summary>
    private static string Unquoted(string text)
        => Quotation().Replace(text, " | ") is var left && left.Any(char.IsLetter) ? left : text;

    /// <summary>Several words of the instruction in a row, which no caption has by chance.</summary>
    private static bool IsCopied(string text, PromptFile prompt)
    {
        var (said, asked) = (Words(text), Words(prompt.Text.Replace(PromptFile.DataPlace, " | ", StringComparison.Ordinal)));
        var runs = Runs(asked).ToHashSet(StringComparer.Ordinal);
        return Runs(said).Any(runs.Contains);
    }

    private static IEnumerable<string> Runs(List<string> words)
        => Enumerable.Range(0, Math.Max(0, words.Count - CopiedWords + 1))
            .Select(start => string.Join(' ', words.GetRange(start, CopiedWords)));

    private static List<string> Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    private static bool IsForeign(string text)
    {
        var letters = text.EnumerateRunes().Where(Rune.IsLetter).ToArray();
        return letters.Count(letter => !IsLatin(letter)) > MostForeign * letters.Length;
    }

    /// <summary>Latin with all its additions and full-width forms, and what is written between such letters.</summary>
    private static bool IsLatin(Rune letter) => letter.Value
        is < 0x0370 or (>= 0x1E00 and < 0x1F00) or (>= 0x2C60 and < 0x2C80) or (>= 0xA720 and < 0xA800)
        or (>= 0xFF21 and < 0xFF5B);

    [GeneratedRegex(@"[\p{L}\p{N}'|]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"""[^""]*""|“[^”]*”|«[^»]*»|(?<!\w)['‘][^""]*?['’](?!\w)")]
    private static partial Regex Quotation();

    [GeneratedRegex(
        @"\b(as an ai|as a language model)\b|^(i'?m|i am) (very |so )?(sorry|afraid)\b|^sorry([,.;:]| but\b| i\b)|"
        + @"\bi('m| am) (unable|not able) to\b|"
        + @"^i (cannot|can't|can not|won't|will not|do not|don't)\b|\b(i|we) (cannot|can't|can not|could not|couldn't) "
        + @"(assist|help(?= you| with|[.,!]|$)|comply|fulfil|describe|provide|process|view|see|access)\b|"
        + @"^(no|there (is|are) no) (image|picture|video|clip|frame|data)s?\b|^please (provide|upload|share)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex RefusalPhrase();
}
