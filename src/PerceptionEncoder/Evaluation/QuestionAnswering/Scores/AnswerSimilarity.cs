namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// Average normalised Levenshtein similarity (ANLS), the score of DocVQA and InfographicVQA: how near the answer is to the nearest of the
/// right ones, nothing where it is not at least half right.
/// </summary>
public static class AnswerSimilarity
{
    private const double Threshold = 0.5;

    /// <summary>
    /// As lmms-eval has it, and with it PLM's published numbers: spaces and case do not count, but lengths are those of the texts as they
    /// stand; 0.5 itself counts.
    /// </summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="answers">The right ones, at least one.</param>
    public static double Score(string prediction, IReadOnlyList<string> answers)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(answers);
        var given = PythonText.Characters(Plain(prediction));
        var distance = answers.Min(answer =>
        {
            var length = Math.Max(PythonText.UpperLength(answer), PythonText.UpperLength(prediction));
            return length == 0 ? 0 : (double)Distance(PythonText.Characters(Plain(answer)), given) / length;
        });
        return 1 - distance < Threshold ? 0 : 1 - distance;
    }

    /// <summary>As Pix2Struct has it: only case does not count, and 0.5 itself is not enough. Two empty texts are alike.</summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="answers">The right ones, at least one.</param>
    public static double StrictScore(string prediction, IReadOnlyList<string> answers)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(answers);
        var given = PythonText.Characters(PythonText.Lower(prediction));
        return answers.Max(answer =>
        {
            var right = PythonText.Characters(PythonText.Lower(answer));
            var length = Math.Max(right.Length, given.Length);
            var distance = length == 0 ? 0 : (double)Distance(right, given) / length;
            return distance < Threshold ? 1 - distance : 0;
        });
    }

    /// <summary>Insertions, deletions and replacements of characters that lead from one text to the other.</summary>
    internal static int Distance(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        var row = new int[second.Length + 1];
        for (var column = 0; column < row.Length; column++)
        {
            row[column] = column;
        }

        for (var i = 0; i < first.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < second.Length; j++)
            {
                var replaced = diagonal + (first[i] == second[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, 1 + Math.Min(diagonal, row[j]));
            }
        }

        return row[^1];
    }

    private static string Plain(string text) => string.Join(' ', PythonText.Words(PythonText.Lower(text)));
}
