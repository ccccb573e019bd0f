using System.Text;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// Which option of a multiple-choice question an answer means. Each set has its own published rule, and they differ on the same answer;
/// numbers can be compared only where the set's own is taken.
/// </summary>
public static partial class ChoiceLetter
{
    /// <summary>The letters where a set names none.</summary>
    public const string Default = "ABCDEFGH";

    private static readonly string[] Phrases =
    [
        "the answer is", "answer is", "the correct answer is", "correct answer is", "the best answer is", "best answer is",
        "the correct option is", "correct option is", "the best option is", "best option is", "the choice is", "choice is",
        "the correct choice is", "correct choice is", "i choose", "i select", "i pick", "my answer is", "my choice is",
        "옵션", "정답은", "답은", "답:", "答案是", "答案为", "选", "答えは",
    ];

    /// <summary>EgoSchema's ways to write a letter.</summary>
    private static readonly string[] LetterForms = ["({0})", "{0} ", "{0}."];

    /// <summary>
    /// The rule that most sets in lmms-eval share (VideoMME, MLVU, RealWorldQA; ours for MMBench-like sets): all places where a letter
    /// stands are ranked by how they look, and the last of the best kind wins.
    /// </summary>
    /// <param name="response">The answer.</param>
    /// <param name="letters">Those of the options.</param>
    /// <returns>Null where it names none.</returns>
    public static char? Shared(string response, string letters = Default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(letters);
        if (PythonText.Strip(response).Length == 0)
        {
            return null;
        }

        var bare = ",.!?;:'\"".Aggregate(PythonText.Strip(response), (text, mark) => text.Trim(mark));
        var padded = $" {bare} ";
        var found = letters.SelectMany(letter => Places(padded, letter)).ToList();
        found.AddRange(AfterPhrases(padded, letters));
        if (found.Count == 0)
        {
            found.AddRange(letters.Select(letter => (letter, padded.LastIndexOf(letter), 0)).Where(place => place.Item2 >= 0));
        }

        return found.Count == 0 ? null : found.OrderByDescending(place => place.Rank).ThenByDescending(place => place.At).First().Letter;
    }

    /// <summary>PerceptionTest's: the first capital A to D that is a word of its own.</summary>
    public static char? PerceptionTest(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return LoneCapital().Match(response) is { Success: true } match ? match.Value[0] : null;
    }

    /// <summary>Whether MVBench counts an answer as right.</summary>
    /// <param name="response">The answer; an empty one is left out of the mean altogether.</param>
    /// <param name="letter">Of the right option, A to E.</param>
    public static bool IsRightForMvBench(string response, char letter)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (LabelledOption().Match(PythonText.Strip(response)) is { Success: true } labelled)
        {
            return char.ToUpperInvariant(labelled.Groups[1].Value[0]) == letter;
        }

        var plain = "'\")(".Aggregate(AnswerForm.WithoutPunctuation(AnswerForm.Line(response)), (text, mark) => text.Trim(mark));
        return LoneLetter().Match(PythonText.Lower(PythonText.Strip(plain))) is { Success: true } match
            && char.ToUpperInvariant(match.Value[0]) == letter;
    }

    /// <summary>AI2D's: a capital with a full stop at the start stands for the answer.</summary>
    public static string FilteredForAi2d(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return LeadingLabel().Match(response) is { Success: true } match ? match.Groups[1].Value : response;
    }

    /// <summary>Whether AI2D counts an answer as right: what <see cref="FilteredForAi2d"/> leaves is the letter, but for case and ASCII
    /// punctuation.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="letter">Of the right option.</param>
    public static bool IsRightForAi2d(string response, char letter)
        => string.Concat(PythonText.Lower(FilteredForAi2d(response)).Where(character => !IsPunctuation(character)))
            == char.ToLowerInvariant(letter).ToString();

    /// <summary>
    /// EgoSchema's: the letter in brackets, before a space or before a full stop whose last place comes first; of long answers without one
    /// the option whose text is in it. Where nothing is found the published code draws one at random; here there is none.
    /// </summary>
    /// <param name="response">The answer.</param>
    /// <param name="options">Texts of the options, from A on.</param>
    public static char? EgoSchema(string response, IReadOnlyList<string> options)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(options);
        var padded = $" {",.!?;:'".Aggregate(response, (text, mark) => text.Trim(mark))} ";
        var letters = options.Select((_, index) => (char)('A' + index)).ToArray();
        (char Letter, int At)[] found =
        [
            .. from form in LetterForms
               from letter in letters
               let at = padded.LastIndexOf(string.Format(null, form, letter), StringComparison.Ordinal)
               where at >= 0
               select (letter, at),
        ];
        if (found.Length == 0 && PythonText.Words(padded).Length > 5)
        {
            var lower = PythonText.Lower(padded);
            found = [.. letters.Zip(options, (letter, option)
                => (letter, lower.LastIndexOf(PythonText.Lower(PythonText.Strip(option)), StringComparison.Ordinal)))
                .Where(place => place.Item2 >= 0)];
        }

        return found.Length == 0 ? null : found.MinBy(place => place.At).Letter;
    }

    private static IEnumerable<(char Letter, int At, int Rank)> Places(string padded, char letter)
    {
        var text = PythonText.Strip(padded);
        (string Form, int Rank)[] forms = [($"({letter})", 6), ($"{letter}.", 5), ($"{letter}:", 4), ($"{letter})", 3), ($"{letter} ", 2)];
        foreach (var (form, rank) in forms.Where(form => padded.Contains(form.Form, StringComparison.Ordinal)))
        {
            yield return (letter, padded.LastIndexOf(form, StringComparison.Ordinal), rank);
        }

        if (text.StartsWith(letter) && (text.Length == 1 || !IsLetterAt(text, 1)))
        {
            yield return (letter, 0, 10);
        }

        if (text.EndsWith(letter) && (text.Length == 1 || !IsLetterBefore(text)))
        {
            yield return (letter, padded.Length - 1, 9);
        }
    }

    /// <summary>For each phrase the first place of each letter behind it.</summary>
    private static IEnumerable<(char Letter, int At, int Rank)> AfterPhrases(string padded, string letters)
    {
        var lower = PythonText.Lower(padded);
        foreach (var phrase in Phrases)
        {
            if (lower.IndexOf(phrase, StringComparison.Ordinal) is >= 0 and var at)
            {
                var behind = Math.Min(at + phrase.Length, padded.Length);
                foreach (var letter in letters.Where(letter => padded.IndexOf(letter, behind) >= 0))
                {
                    yield return (letter, padded.IndexOf(letter, behind), 7);
                }
            }
        }
    }

    private static bool IsLetterAt(string text, int index) => Rune.TryGetRuneAt(text, index, out var rune) && PythonText.IsLetter(rune);

    private static bool IsLetterBefore(string text)
        => Rune.DecodeLastFromUtf16(text.AsSpan(0, text.Length - 1), out var rune, out _) == System.Buffers.OperationStatus.Done
            && PythonText.IsLetter(rune);

    private static bool IsPunctuation(char character)
        => char.IsAscii(character) && (char.IsPunctuation(character) || char.IsSymbol(character));

    [GeneratedRegex(@"(?<![\p{L}\p{N}_])[A-D](?![\p{L}\p{N}_])", RegexOptions.CultureInvariant)]
    private static partial Regex LoneCapital();

    [GeneratedRegex(@"(?<![\p{L}\p{N}_])[A-Ea-e](?![\p{L}\p{N}_])", RegexOptions.CultureInvariant)]
    private static partial Regex LoneLetter();

    [GeneratedRegex(@"\A([A-Ea-e])\.\s*[^\n]+\n?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelledOption();

    [GeneratedRegex(@"\A\s*([A-Z])\.", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingLabel();
}
