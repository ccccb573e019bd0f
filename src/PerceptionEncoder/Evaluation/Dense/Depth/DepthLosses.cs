using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// B images · H rows · W columns
/// <summary>Losses of predicted depths over the pixels that have a reading; each returns a scalar.</summary>
/// <remarks>As DINOv2 and DINOv3 train their depth heads; formulas only.</remarks>
internal static class DepthLosses
{
    private const double Epsilon = 1e-3;
    private const double MeanWeight = 0.15;

    /// <summary>Pixels are that far apart in the loss of slopes.</summary>
    private const int SlopeStep = 2;

    /// <summary>Steps of training in which the scale-invariant loss leaves the variance out.</summary>
    public const int WarmupSteps = 100;

    /// <summary>Every so many-th pixel is looked at, in turn, in the loss of slopes.</summary>
    private static readonly int[] Strides = [1, 2, 4, 6];

    /// <summary>Root of the variance of the logarithms' difference and a share of its squared mean: nearly free of scale.</summary>
    /// <param name="prediction">[B, 1, H, W], above zero.</param>
    /// <param name="truth">[B, 1, H, W].</param>
    /// <param name="valid">bool, of the same shape.</param>
    /// <param name="meanAlone">Without the variance, as training begins.</param>
    public static Tensor ScaleInvariant(Tensor prediction, Tensor truth, Tensor valid, bool meanAlone)
    {
        using var scope = NewDisposeScope();
        var difference = LogDifference(prediction.masked_select(valid), truth.masked_select(valid));
        var mean = difference.mean().pow(Scalars.Of(2L)).mul(Scalars.Of(MeanWeight));
        return (meanAlone ? mean : difference.var(unbiased: true).add(mean, Scalars.One)).sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>Difference of the slopes, down and across, at four sizes of the picture.</summary>
    /// <param name="prediction">[B, 1, H, W].</param>
    /// <param name="truth">[B, 1, H, W].</param>
    /// <param name="valid">bool, of the same shape.</param>
    /// <param name="logarithmic">Slopes of the logarithms.</param>
    public static Tensor Slopes(Tensor prediction, Tensor truth, Tensor valid, bool logarithmic)
    {
        using var scope = NewDisposeScope();
        var difference = logarithmic ? LogDifference(prediction, truth) : prediction - truth;
        Tensor? total = null;
        foreach (var stride in Strides)
        {
            var (here, counted) = (EveryOther(difference, stride), EveryOther(valid, stride).to(difference.dtype));
            here = here * counted;
            var sum = Slope(here, counted, 2).add(Slope(here, counted, 3), Scalars.One) / counted.sum().clamp_min(Scalars.One);
            total = total is null ? sum : total.add(sum, Scalars.One);
        }

        return total!.MoveToOuterDisposeScope();
    }

    /// <summary>Mean distance.</summary>
    public static Tensor Distance(Tensor prediction, Tensor truth, Tensor valid)
    {
        using var scope = NewDisposeScope();
        return (prediction.masked_select(valid) - truth.masked_select(valid)).abs().mean().MoveToOuterDisposeScope();
    }

    private static Tensor LogDifference(Tensor prediction, Tensor truth)
        => prediction.add(Scalars.Of(Epsilon)).log() - truth.add(Scalars.Of(Epsilon)).log();

    private static Tensor EveryOther(Tensor map, int stride)
        => stride == 1 ? map : map.slice(2, 0, map.shape[2], stride).slice(3, 0, map.shape[3], stride);

    private static Tensor Slope(Tensor difference, Tensor counted, int dimension)
    {
        var length = Math.Max(0, difference.shape[dimension] - SlopeStep);
        if (length == 0)
        {
            return zeros(1, difference.dtype, difference.device).sum();
        }

        Tensor First(Tensor map) => map.narrow(dimension, 0, length);
        Tensor Second(Tensor map) => map.narrow(dimension, SlopeStep, length);
        return ((First(difference) - Second(difference)).abs() * First(counted) * Second(counted)).sum();
    }
}
