using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>Intersection over union of each class, summed over all pixels of all images, and means of it.</summary>
/// <remarks>
/// As MMSegmentation and DINOv3 count: what is answered at a pixel whose label is no class is a wrong answer of that class, unless the
/// label is that of pixels without class.
/// </remarks>
/// <param name="classes">Labels are below it.</param>
/// <param name="unlabelled">Label of pixels that do not count; may be below the number of classes.</param>
internal sealed class SegmentationMetrics(int classes, int unlabelled)
{
    private readonly long[] hits = new long[classes];
    private readonly long[] answered = new long[classes];
    private readonly long[] labelled = new long[classes];

    /// <summary>Names of the figures.</summary>
    public static IReadOnlyList<string> Names => ["miou", "aacc", "macc"];

    /// <summary>Pixels that have a class.</summary>
    public long Pixels => labelled.Sum();

    /// <summary>Pixels that are of a class and were answered so, by class.</summary>
    public IReadOnlyList<long> Hits => hits;

    /// <summary>Adds one image.</summary>
    /// <param name="answers">int64 [H, W], classes.</param>
    /// <param name="truth">Of the same size; pixels without class do not count.</param>
    public void Add(Tensor answers, SegmentationMask truth)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(truth.Classes).to(int64);
        var counted = labels.ne(unlabelled);
        var (right, given) = (labels.masked_select(counted), answers.cpu().flatten().masked_select(counted));
        Count(right.masked_select(right.eq(given)), hits);
        Count(given, answered);
        Count(right, labelled);
    }

    /// <summary>
    /// As fractions: <c>miou</c> over the classes that occur, in the truth or the answers; <c>aacc</c>, the share of right pixels; and
    /// <c>macc</c>, the mean over the classes that occur in the truth of the share of right pixels.
    /// </summary>
    /// <exception cref="InvalidOperationException">No pixel was labelled.</exception>
    public IReadOnlyDictionary<string, double> Compute()
    {
        double pixels = Pixels;
        return pixels == 0
            ? throw new InvalidOperationException("no pixel is labelled")
            : new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["miou"] = Ious().OfType<double>().Average(),
                ["aacc"] = hits.Sum() / pixels,
                ["macc"] = Accuracies().OfType<double>().Average(),
            };
    }

    /// <summary>Intersection over union of each class; null of one that does not occur.</summary>
    public double?[] Ious()
        => [.. Enumerable.Range(0, classes).Select(label => Share(label, answered[label] + labelled[label] - hits[label]))];

    /// <summary>Share of each class's pixels that were answered so; null of a class that does not occur in the truth.</summary>
    public double?[] Accuracies()
        => [.. Enumerable.Range(0, classes).Select(label => Share(label, labelled[label]))];

    private double? Share(int label, long of) => of > 0 ? hits[label] / (double)of : null;

    /// <summary>Labels beyond the classes are no class's.</summary>
    private void Count(Tensor values, long[] counts)
    {
        using var scope = NewDisposeScope();
        var found = bincount(values, minlength: classes).data<long>();
        for (var label = 0; label < classes; label++)
        {
            counts[label] += found[label];
        }
    }
}
