using System.Text.RegularExpressions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Whole words and single marks of some texts, in lower case, as ids: all that a small decoder of few questions needs.</summary>
internal sealed partial class WordVocabulary
{
    /// <summary>Ends an answer.</summary>
    public const int End = 0;

    /// <summary>Stands between question and answer.</summary>
    public const int AnswerStart = 1;

    /// <summary>Stands in the place of a visual token.</summary>
    public const int Picture = 2;

    /// <summary>A word that was not among the texts.</summary>
    public const int Unknown = 3;

    private readonly Dictionary<string, int> ids;

    /// <param name="texts">Whose words it knows.</param>
    public WordVocabulary(IEnumerable<string> texts)
        => ids = texts.SelectMany(Words).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Index().ToDictionary(entry => entry.Item, entry => entry.Index + Unknown + 1, StringComparer.Ordinal);

    /// <summary>Number of ids.</summary>
    public int Size => ids.Count + Unknown + 1;

    /// <summary>The words of a text.</summary>
    public int[] Encode(string text) => [.. Words(text).Select(word => ids.GetValueOrDefault(word, Unknown))];

    private static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    [GeneratedRegex(@"\p{L}+|\p{N}|[^\s\p{L}\p{N}]")]
    private static partial Regex Word();
}
