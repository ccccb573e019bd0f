using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.ZeroShot;

// N samples · C classes
/// <summary>Average precision of classification where a sample may have several labels, as CLIP-benchmark defines it.</summary>
public static class MultilabelMetrics
{
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
            throw new ArgumentException($"scores [{string.Join(", ", scores.shape)}] and targets [{string.Join(", ", targets.shape)}] must both be [N, C]", nameof(targets));
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
