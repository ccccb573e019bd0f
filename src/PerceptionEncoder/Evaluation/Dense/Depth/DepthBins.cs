using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Depth as the weighted mean of fixed depths, whose weights a head gives: steadier to train than a number.</summary>
/// <remarks>DINOv2 and DINOv3, after AdaBins (Bhat et al., 2021), with fixed bins. One score alone is a depth: see <see cref="Depths"/>.
/// </remarks>
/// <param name="Minimum">The nearest, metres.</param>
/// <param name="Maximum">The farthest, metres.</param>
internal sealed record DepthBins(double Minimum, double Maximum)
{
    private const double LeastWeight = 0.1;

    /// <summary>Where the depths lie.</summary>
    public DepthBinSpacing Spacing { get; init; }

    /// <summary>How scores become weights.</summary>
    public DepthBinWeights Weights { get; init; }

    /// <summary>Depths of scores.</summary>
    /// <param name="scores">[B, n, H, W]; with n = 1 what is above zero is the depth beyond the nearest.</param>
    /// <returns>[B, 1, H, W], metres.</returns>
    public Tensor Depths(Tensor scores)
    {
        using var scope = NewDisposeScope();
        if (scores.shape[1] == 1)
        {
            return scores.relu().add(Scalars.Of(Minimum)).MoveToOuterDisposeScope();
        }

        var depths = Spacing == DepthBinSpacing.Linear
            ? linspace(Minimum, Maximum, scores.shape[1], device: scores.device)
            : linspace(Math.Log(Minimum), Math.Log(Maximum), scores.shape[1], device: scores.device).exp();   // [n]
        return (Normalized(scores) * depths.to(scores.dtype).view(1, -1, 1, 1)).sum(1, keepdim: true).MoveToOuterDisposeScope();
    }

    private Tensor Normalized(Tensor scores)
    {
        if (Weights == DepthBinWeights.Softmax)
        {
            return scores.softmax(1);
        }

        var weights = Weights == DepthBinWeights.Sigmoid ? scores.sigmoid() : scores.relu().add(Scalars.Of(LeastWeight));
        return weights / weights.sum(1, keepdim: true);
    }
}
