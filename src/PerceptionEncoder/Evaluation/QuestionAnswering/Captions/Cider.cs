using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// CIDEr-D: how like a caption's word runs are to those of the references, rare runs counting more. 10 at most by definition; tables show
/// it times 100.
/// </summary>
/// <remarks>
/// As the published evaluation of COCO captions: the frequency of a run is the number of images in whose references it is, so that the
/// figures of a few images say little (and of one image are zero); the length of a caption is its number of <em>pairs</em> of words.
/// </remarks>
public static class Cider
{
    private const double Scale = 10;

    /// <summary>The score of each image; their mean is the set's.</summary>
    /// <param name="candidates">A caption an image, in tokens with spaces between.</param>
    /// <param name="references">Of each image, likewise.</param>
    /// <param name="sigma">How much a difference in length costs.</param>
    public static double[] Score(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references, double sigma = 6)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        NGrams[][] known = [.. references.Select(own => own.Select(Runs).ToArray())];
        var images = known.SelectMany(own => own.SelectMany(runs => runs.All).Distinct()).CountBy(run => run).ToDictionary();
        var all = Math.Log(known.Length);
        return [.. candidates.Zip(known, (candidate, own) =>
        {
            var given = new Weighted(Runs(candidate), Weight);
            return own.Length == 0 ? 0 : Scale * own.Average(runs => given.Likeness(new Weighted(runs, Weight), sigma));
        })];

        double Weight(string run) => all - Math.Log(Math.Max(1, images.GetValueOrDefault(run)));
    }

    private static NGrams Runs(string tokens) => new(PythonText.Words(tokens));

    private sealed class Weighted
    {
        private readonly Dictionary<string, double>[] runs;
        private readonly double[] norms;
        private readonly int pairs;

        public Weighted(NGrams caption, Func<string, double> weight)
        {
            runs = [.. Enumerable.Range(0, NGrams.Longest)
                .Select(order => caption[order].ToDictionary(run => run.Key, run => run.Value * weight(run.Key)))];
            norms = Array.ConvertAll(runs, own => Math.Sqrt(own.Values.Sum(value => value * value)));
            pairs = Math.Max(0, caption.Length - 1);
        }

        /// <summary>Mean over the lengths of runs, to a reference.</summary>
        public double Likeness(Weighted reference, double sigma)
        {
            var difference = pairs - reference.pairs;
            return Math.Exp(-(difference * difference) / (2 * sigma * sigma)) * Enumerable.Range(0, NGrams.Longest).Average(order =>
            {
                var length = norms[order] * reference.norms[order];
                var shared = runs[order].Sum(run => reference.runs[order].TryGetValue(run.Key, out var other)
                    ? Math.Min(run.Value, other) * other
                    : 0);
                return length == 0 ? shared : shared / length;
            });
        }
    }
}
