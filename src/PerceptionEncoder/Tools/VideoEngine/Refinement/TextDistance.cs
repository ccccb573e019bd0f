using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>How far two texts are apart (Levenshtein), from 0 of equal ones to 1 of those that share nothing.</summary>
internal static class TextDistance
{
    /// <summary>In characters.</summary>
    public static double OfCharacters(string first, string second)
        => Of([.. first.EnumerateRunes().Select(rune => rune.Value)], [.. second.EnumerateRunes().Select(rune => rune.Value)]);

    /// <summary>In words: what stands between white space.</summary>
    public static double OfWords(string first, string second)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return Of(Numbered(first), Numbered(second));

        int[] Numbered(string text) => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            numbers.TryAdd(word, numbers.Count);
            return numbers[word];
        })];
    }

    private static double Of(int[] first, int[] second)
        => first.AsSpan().SequenceEqual(second) ? 0
            : (double)AnswerSimilarity.Distance(first, second) / Math.Max(first.Length, second.Length);
}
