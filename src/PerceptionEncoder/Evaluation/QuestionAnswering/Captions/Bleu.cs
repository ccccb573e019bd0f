using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// BLEU 1 to 4 as the published evaluation of COCO captions has it: the share of a caption's word runs that are in a reference, too short
/// captions being marked down against the reference of the closest length.
/// </summary>
public static class Bleu
{
    // The published constants that keep logarithms of zero away.
    private const double Small = 1e-9;
    private const double Tiny = 1e-15;

    /// <summary>BLEU 1 to 4 of a set: counts are added up over the images first.</summary>
    /// <param name="candidates">A caption an image, in tokens with spaces between.</param>
    /// <param name="references">Of each image, likewise; at least one.</param>
    public static double[] Score(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
        => Figures([.. Counted(candidates, references)]);

    /// <summary>BLEU 1 to 4 of each image alone.</summary>
    /// <param name="candidates">A caption an image, in tokens with spaces between.</param>
    /// <param name="references">Of each image, likewise; at least one.</param>
    public static double[][] ScoreEach(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
        => [.. Counted(candidates, references).Select(own => Figures([own]))];

    private static IEnumerable<Counts> Counted(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        return candidates.Zip(references, (candidate, own) =>
        {
            var given = Runs(candidate);
            NGrams[] known = [.. own.Select(Runs)];
            return new Counts(
                given.Length,
                known.Select(runs => runs.Length).OrderBy(length => Math.Abs(length - given.Length)).ThenBy(length => length).First(),
                [.. Enumerable.Range(0, NGrams.Longest).Select(order => given[order]
                    .Sum(run => Math.Min(run.Value, known.Max(runs => runs[order].GetValueOrDefault(run.Key)))))]);
        });
    }

    private static NGrams Runs(string tokens) => new(PythonText.Words(tokens));

    private static double[] Figures(IReadOnlyList<Counts> images)
    {
        var (length, wanted) = (images.Sum(image => (double)image.Length), images.Sum(image => (double)image.Wanted));
        var ratio = (length + Tiny) / (wanted + Small);
        var brevity = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        var (figures, product) = (new double[NGrams.Longest], 1.0);
        for (var order = 0; order < NGrams.Longest; order++)
        {
            product *= (images.Sum(image => (double)image.Shared[order]) + Tiny)
                / (images.Sum(image => (double)Math.Max(0, image.Length - order)) + Small);
            figures[order] = Math.Pow(product, 1.0 / (order + 1)) * brevity;
        }

        return figures;
    }

    private sealed record Counts(int Length, int Wanted, int[] Shared);
}
