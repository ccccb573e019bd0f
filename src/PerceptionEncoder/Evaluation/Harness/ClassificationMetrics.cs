using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

// B batch · C classes
/// <summary>
/// Top-1, top-5 and mean per-class recall of single-label classification, summed batch by batch so that logits need not be kept.
/// </summary>
/// <remarks>CLIP-benchmark's definitions: <c>acc1</c>, <c>acc5</c>, <c>mean_per_class_recall</c>.</remarks>
public sealed class ClassificationMetrics : ClassFigures<int>
{
    private const int Top = 5;

    private readonly long[] samplesOfClass;
    private readonly long[] hitsOfClass;
    private long hitsInTop;

    /// <param name="classes">C, at least 1.</param>
    public ClassificationMetrics(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        samplesOfClass = new long[classes];
        hitsOfClass = new long[classes];
    }

    /// <summary>Samples added so far.</summary>
    public long Samples => samplesOfClass.Sum();

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames => Names(samplesOfClass.Length);

    /// <inheritdoc/>
    public override void Add(Tensor logits, IReadOnlyList<int> labels)
    {
        var classes = samplesOfClass.Length;
        if (logits.dim() != 2 || logits.shape[0] != labels.Count || logits.shape[1] != classes)
        {
            throw new ArgumentException(
                $"logits are [{string.Join(", ", logits.shape)}], expected [{labels.Count}, {classes}]",
                nameof(logits));
        }

        using var scope = NewDisposeScope();
        var width = Math.Min(Top, classes);
        var ranked = logits.topk(width, dim: 1).indexes.cpu().data<long>().ToArray();
        for (var sample = 0; sample < labels.Count; sample++)
        {
            var label = labels[sample];
            if (label < 0 || label >= classes)
            {
                throw new ArgumentException($"label {label} is not in [0, {classes})", nameof(labels));
            }

            var best = ranked.AsSpan(sample * width, width);
            samplesOfClass[label]++;
            hitsOfClass[label] += best[0] == label ? 1 : 0;
            hitsInTop += best.Contains(label) ? 1 : 0;
        }
    }

    /// <summary>Names of the figures of so many classes.</summary>
    public static IReadOnlyList<string> Names(int classes)
        => classes >= Top ? ["acc1", "acc5", "mean_per_class_recall"] : ["acc1", "mean_per_class_recall"];

    /// <summary>
    /// <c>acc1</c>, <c>acc5</c> (absent with fewer than five classes) and <c>mean_per_class_recall</c> (over the classes that occur),
    /// as fractions.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public override IReadOnlyDictionary<string, double> Compute()
    {
        double samples = Samples;
        if (samples == 0)
        {
            throw new InvalidOperationException("no sample was added");
        }

        var metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["acc1"] = hitsOfClass.Sum() / samples };
        if (samplesOfClass.Length >= Top)
        {
            metrics["acc5"] = hitsInTop / samples;
        }

        metrics["mean_per_class_recall"] = Enumerable.Range(0, samplesOfClass.Length)
            .Where(label => samplesOfClass[label] > 0)
            .Average(label => hitsOfClass[label] / (double)samplesOfClass[label]);
        return metrics;
    }
}
