using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>
/// Training images in two parts, by index: hyper-parameters are tried on <see cref="Fit"/> and chosen on <see cref="HeldOut"/>; the chosen
/// probe learns from <see cref="Final"/>.
/// </summary>
internal sealed record ProbeSplit(IReadOnlyList<int> Fit, IReadOnlyList<int> HeldOut, IReadOnlyList<int> Final)
{
    /// <summary>Held-out images of a class in few-shot training, in CoOp.</summary>
    private const int LargestHeldOut = 4;

    /// <summary>Draws the parts class by class.</summary>
    /// <param name="labels">Of the training images.</param>
    /// <param name="options">Shots, share and seed.</param>
    public static ProbeSplit Draw(IReadOnlyList<int> labels, ProbeOptions options)
    {
        var (fit, heldOut) = (new List<int>(), new List<int>());
        foreach (var (label, drawn) in Shuffled(labels, options.Seed))
        {
            // A class of one image is learned from, and choosing does without it.
            var learned = options.Shots
                ?? drawn.Length - Math.Max(drawn.Length > 1 ? 1 : 0, (int)Math.Round(options.HeldOut * drawn.Length));
            fit.AddRange(drawn.Take(learned));
            heldOut.AddRange(drawn.Skip(learned).Take(options.Shots is { } shots ? Math.Min(shots, LargestHeldOut) : drawn.Length));
        }

        fit.Sort();
        heldOut.Sort();
        return new ProbeSplit(fit, heldOut, options.Shots is null ? [.. fit.Concat(heldOut).Order()] : fit);
    }

    /// <summary>The images that few-shot training and its held-out part need, out of all there are.</summary>
    /// <param name="labels">Of all training images; below 0 for those without.</param>
    /// <param name="shots">Images of each class.</param>
    /// <param name="seed">Of the choice.</param>
    public static HashSet<int> Shots(IReadOnlyList<int> labels, int shots, ulong seed)
        => [.. Shuffled(labels, seed)
            .Where(entry => entry.Label >= 0)
            .SelectMany(entry => entry.Drawn.Take(shots + Math.Min(shots, LargestHeldOut)))];

    private static IEnumerable<(int Label, int[] Drawn)> Shuffled(IReadOnlyList<int> labels, ulong seed)
        => labels.Index().GroupBy(entry => entry.Item, entry => entry.Index).OrderBy(group => group.Key).Select(group =>
        {
            var drawn = group.ToArray();
            new SampleRandom(SampleRandom.Mix(seed, (ulong)group.Key)).Shuffle<int>(drawn);
            return (group.Key, drawn);
        });
}
