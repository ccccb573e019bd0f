using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>Intersection over union of each class, summed over all pixels of all images, and their mean.</summary>
internal sealed class SegmentationMetrics(int classes)
{
    private readonly long[] confusion = new long[classes * classes];      // truth by answer

    /// <summary>Names of the figures.</summary>
    public static IReadOnlyList<string> Names => ["miou", "acc"];

    /// <summary>Adds one image.</summary>
    /// <param name="answers">int64 [H, W], classes.</param>
    /// <param name="truth">Of the same size; pixels of no class do not count.</param>
    public void Add(Tensor answers, SegmentationMask truth)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(truth.Classes).to(int64);
        var labelled = labels < classes;
        var pairs = ((labels * classes) + answers.cpu().flatten()).masked_select(labelled);
        var counts = bincount(pairs, minlength: classes * classes).data<long>();
        for (var i = 0; i < confusion.Length; i++)
        {
            confusion[i] += counts[i];
        }
    }

    /// <summary>
    /// <c>miou</c> over the classes that occur, in the truth or the answers, and <c>acc</c>, the share of right pixels; as fractions.
    /// </summary>
    /// <exception cref="InvalidOperationException">No pixel was labelled.</exception>
    public IReadOnlyDictionary<string, double> Compute()
    {
        double pixels = confusion.Sum();
        if (pixels == 0)
        {
            throw new InvalidOperationException("no pixel is labelled");
        }

        var unions = Enumerable.Range(0, classes)
            .Select(label => (Hits: Hits(label), Union: Row(label) + Column(label) - Hits(label)))
            .Where(each => each.Union > 0);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["miou"] = unions.Average(each => each.Hits / (double)each.Union),
            ["acc"] = Enumerable.Range(0, classes).Sum(Hits) / pixels,
        };
    }

    private long Hits(int label) => confusion[(label * classes) + label];

    private long Row(int label) => Enumerable.Range(0, classes).Sum(answer => confusion[(label * classes) + answer]);

    private long Column(int label) => Enumerable.Range(0, classes).Sum(truth => confusion[(truth * classes) + label]);
}
