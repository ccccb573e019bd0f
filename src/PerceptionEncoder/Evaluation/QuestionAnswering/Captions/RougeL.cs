namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// ROUGE-L as the published evaluation of COCO captions has it: the longest common subsequence of words, as the best precision and the best
/// recall over the references.
/// </summary>
public static class RougeL
{
    private const double Beta = 1.2;

    /// <summary>The score of each image; their mean is the set's.</summary>
    /// <param name="candidates">A caption an image, in tokens with single spaces between.</param>
    /// <param name="references">Of each image, likewise; at least one.</param>
    public static double[] Score(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        return [.. candidates.Zip(references, Score)];
    }

    private static double Score(string candidate, IReadOnlyList<string> references)
    {
        var given = candidate.Split(' ');                       // an empty text is one empty word, as published
        var (precision, recall) = (0.0, 0.0);
        foreach (var reference in references.Select(reference => reference.Split(' ')))
        {
            var common = Common(given, reference);
            precision = Math.Max(precision, (double)common / given.Length);
            recall = Math.Max(recall, (double)common / reference.Length);
        }

        return precision > 0 && recall > 0 ? (1 + (Beta * Beta)) * precision * recall / (recall + (Beta * Beta * precision)) : 0;
    }

    private static int Common(string[] first, string[] second)
    {
        var row = new int[second.Length + 1];
        foreach (var word in first)
        {
            var diagonal = 0;
            for (var j = 0; j < second.Length; j++)
            {
                (diagonal, row[j + 1]) = (row[j + 1], word == second[j] ? diagonal + 1 : Math.Max(row[j + 1], row[j]));
            }
        }

        return row[^1];
    }
}
