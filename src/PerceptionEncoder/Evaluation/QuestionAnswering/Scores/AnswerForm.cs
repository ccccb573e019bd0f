using System.Text.RegularExpressions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// The form in which VQA answers are compared: without punctuation, articles and case, numbers as digits, contractions with their
/// apostrophe.
/// </summary>
/// <remarks>
/// The official code is followed to the letter, its slips included, since published numbers depend on them: every full stop before no
/// digit goes, but only 32 of them; a comma between two digits decides for all punctuation whether it leaves a space.
/// </remarks>
public static partial class AnswerForm
{
    private const string Punctuation = ";/[]\"{}()=+\\_-><@`,?!";
    private const int PeriodsAtMost = 32;

    private static readonly HashSet<string> Articles = ["a", "an", "the"];

    private static readonly Dictionary<string, string> Digits = new()
    {
        ["none"] = "0", ["zero"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6",
        ["seven"] = "7", ["eight"] = "8", ["nine"] = "9", ["ten"] = "10",
    };

    /// <summary>Written with one apostrophe missing, they get it back; the published table with a capital I can never match.</summary>
    private static readonly Dictionary<string, string> Contractions = (
        "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd "
        + "how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't "
        + "'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've "
        + "someone'll someone's something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've "
        + "they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd where's where've "
        + "who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd "
        + "you'd've you'll you're you've").Split(' ')
        .SelectMany(word => Enumerable.Range(0, word.Length).Where(at => word[at] == '\'').Select(at => (Bare: word.Remove(at, 1), word)))
        .Append((Bare: "somebody'd", word: "somebodyd"))
        .ToDictionary(pair => pair.Bare, pair => pair.word);

    /// <summary>As VQA v2's official evaluation has it.</summary>
    public static string Official(string text) => Words(WithoutPunctuation(Line(text)));

    /// <summary>As EvalAI and its users have it (TextVQA, OK-VQA, VizWiz): commas, question marks go first, and 's stands alone.</summary>
    public static string EvalAi(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = PythonText.Lower(text).Replace(",", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal)
            .Replace("'s", " 's", StringComparison.Ordinal);
        return Words(WithoutPunctuation(Line(PythonText.Strip(words))));
    }

    /// <summary>On one line, without spaces around.</summary>
    internal static string Line(string text) => PythonText.Strip(text.Replace('\n', ' ').Replace('\t', ' '));

    /// <summary>The first official step: punctuation goes, or leaves a space.</summary>
    internal static string WithoutPunctuation(string text)
    {
        var hasComma = CommaInNumber().IsMatch(text);
        var bare = text;
        foreach (var mark in Punctuation)
        {
            var vanishes = hasComma
                || text.Contains($"{mark} ", StringComparison.Ordinal)
                || text.Contains($" {mark}", StringComparison.Ordinal);
            bare = bare.Replace(mark.ToString(), vanishes ? "" : " ", StringComparison.Ordinal);
        }

        return Period().Replace(bare, "", PeriodsAtMost);
    }

    private static string Words(string text) => string.Join(
        ' ',
        PythonText.Words(PythonText.Lower(text))
            .Select(word => Digits.GetValueOrDefault(word, word))
            .Where(word => !Articles.Contains(word))
            .Select(word => Contractions.GetValueOrDefault(word, word)));

    [GeneratedRegex(@"\d,\d", RegexOptions.CultureInvariant)]
    private static partial Regex CommaInNumber();

    [GeneratedRegex(@"\.(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Period();
}
