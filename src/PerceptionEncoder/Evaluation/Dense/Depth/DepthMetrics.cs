using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// H rows · W columns of the truth · n valid pixels
/// <summary>Scores predicted depths image by image.</summary>
/// <remarks>
/// DINOv3's evaluation: a prediction of another size is enlarged bilinearly, aligned, and then brought into the protocol's range. What it
/// computes in float32 is float64 here.
/// </remarks>
internal sealed class DepthMetrics(DepthProtocol protocol)
{
    private readonly List<DepthFigures> images = [];

    /// <summary>Images that had no valid pixel and do not count.</summary>
    public int Empty { get; private set; }

    /// <summary>Adds an image.</summary>
    /// <param name="truth">[H, W], metres.</param>
    /// <param name="prediction">[h, w].</param>
    /// <param name="ofMirrored">[h, w], what was predicted for the image seen in a mirror; its mean with the other is scored.</param>
    /// <returns>The image's own figures, null where none of its pixels is valid.</returns>
    public DepthFigures? Add(Tensor truth, Tensor prediction, Tensor? ofMirrored = null)
    {
        using var scope = NewDisposeScope();
        truth = truth.cpu().to(float32);
        var valid = Valid(truth);
        if (!valid.any().item<bool>())
        {
            Empty++;
            return null;
        }

        var enlarged = Enlarged(prediction, truth.shape);
        if (ofMirrored is not null)
        {
            enlarged = enlarged.add(Enlarged(ofMirrored, truth.shape).flip(1), Scalars.One).mul(Scalars.Of(0.5));
        }

        var (right, given) = (truth.masked_select(valid).to(float64), enlarged.masked_select(valid));       // [n]
        var (scale, shift) = Fit(right, given);
        var figures = DepthFigures.Of(right, InRange((given * Scalars.Of(scale)).add(Scalars.Of(shift))));
        images.Add(figures);
        return figures;
    }

    /// <summary>Means over images.</summary>
    /// <exception cref="InvalidOperationException">No image counts.</exception>
    public DepthFigures Compute() => images.Count > 0
        ? DepthFigures.Mean(images)
        : throw new InvalidOperationException("no image has a valid depth");

    /// <summary>The factor and the summand that bring a prediction to the truth.</summary>
    /// <param name="truth">float64 [n].</param>
    /// <param name="prediction">float64 [n].</param>
    internal (double Scale, double Shift) Fit(Tensor truth, Tensor prediction)
    {
        using var scope = NewDisposeScope();
        switch (protocol.Alignment)
        {
            case DepthAlignment.Median:
                return (Median(truth) / Median(prediction), 0);
            case DepthAlignment.ScaleShift:
                var (middle, middleOfTruth) = (prediction.mean().item<double>(), truth.mean().item<double>());
                var spread = (prediction - middle).pow(2).sum().item<double>();
                var scale = spread == 0 ? 0 : ((prediction - middle) * (truth - middleOfTruth)).sum().item<double>() / spread;
                return (scale, middleOfTruth - (scale * middle));
            default:
                return (1, 0);
        }
    }

    /// <summary>Pixels that count; both bounds are outside, in float32 as the truth is.</summary>
    internal Tensor Valid(Tensor truth)
    {
        using var scope = NewDisposeScope();
        var valid = truth.gt((float)protocol.Minimum).logical_and(truth.lt((float)protocol.Maximum));
        if (protocol.EigenCrop)
        {
            var (top, bottom, left, right) = DepthProtocol.Eigen((int)truth.shape[0], (int)truth.shape[1]);
            var inside = zeros_like(valid);
            inside[top..bottom, left..right] = true;
            valid = valid.logical_and(inside);
        }

        return valid.MoveToOuterDisposeScope();
    }

    private static Tensor Enlarged(Tensor prediction, long[] size)
    {
        var depths = prediction.cpu().to(float32);
        return TokenMaps.Resize(depths.unsqueeze(0).unsqueeze(0), size).squeeze(0).squeeze(0).to(float64);
    }

    private Tensor InRange(Tensor depths) => depths.clamp(protocol.Minimum, protocol.Maximum);

    /// <summary>The mean of the two middle values.</summary>
    private static double Median(Tensor values)
    {
        using var scope = NewDisposeScope();
        var sorted = values.sort().Values;
        var count = sorted.shape[0];
        return (sorted[(count - 1) / 2].item<double>() + sorted[count / 2].item<double>()) / 2;
    }
}
