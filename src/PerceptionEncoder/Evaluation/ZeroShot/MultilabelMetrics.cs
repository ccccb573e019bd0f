using PerceptionEncoder.Evaluation.Harness;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.ZeroShot;

// N samples · C classes
/// <summary>Average precision of classification where a sample may have several labels, as CLIP-benchmark defines it.</summary>
public sealed class MultilabelMetrics : ClassFigures<int[]>
{
    private const string Name = "mean_average_precision";

    private readonly int classes;
    private readonly List<float> scores = [];
    private readonly List<float> targets = [];

    /// <param name="classes">C, at least 1.</param>
    public MultilabelMetrics(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        this.classes = classes;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames => [Name];

    /// <inheritdoc/>
    public override void Add(Tensor logits, IReadOnlyList<int[]> labels)
    {
        if (logits.dim() != 2 || logits.shape[0] != labels.Count || logits.shape[1] != classes)
        {
            throw new ArgumentException(
                $"logits are [{string.Join(", ", logits.shape)}], expected [{labels.Count}, {classes}]",
                nameof(logits));
        }

        using var scope = NewDisposeScope();
        scores.AddRange(logits.to(float32).cpu().contiguous().data<float>());
        foreach (var own in labels)
        {
            var row = new float[classes];
            Array.ForEach(own, label => row[label] = 1);
            targets.AddRange(row);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Compute()
    {
        if (scores.Count == 0)
        {
            throw new InvalidOperationException("no sample was added");
        }

        using var scope = NewDisposeScope();
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [Name] = MeanAveragePrecision(tensor(scores.ToArray()).view(-1, classes), tensor(targets.ToArray()).view(-1, classes)),
        };
    }

    /// <summary>
    /// Precision at each positive, in descending order of score, averaged over the positives of the class; 0 for a class without positives.
    /// </summary>
    /// <param name="scores">[N, C], any float dtype.</param>
    /// <param name="targets">[N, C], 1 where the sample has the label and 0 elsewhere, any dtype.</param>
    /// <returns>[C], float64.</returns>
    public static Tensor AveragePrecision(Tensor scores, Tensor targets)
    {
        if (scores.dim() != 2 || !scores.shape.AsSpan().SequenceEqual(targets.shape))
        {
            throw new ArgumentException(
                $"scores [{string.Join(", ", scores.shape)}] and targets [{string.Join(", ", targets.shape)}] must both be [N, C]",
                nameof(targets));
        }

        using var scope = NewDisposeScope();
        var order = scores.argsort(dim: 0, descending: true);
        var positives = targets.to(float64).gather(0, order);                                    // [N, C], best first
        var ranks = arange(1, scores.shape[0] + 1, float64, scores.device).unsqueeze(1);         // [N, 1]
        var precision = positives.cumsum(0) / ranks;
        return ((precision * positives).sum(dim: 0) / positives.sum(dim: 0).clamp_min(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of <see cref="AveragePrecision"/> over all classes, those without positives included.</summary>
    public static double MeanAveragePrecision(Tensor scores, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return AveragePrecision(scores, targets).mean().item<double>();
    }
}
