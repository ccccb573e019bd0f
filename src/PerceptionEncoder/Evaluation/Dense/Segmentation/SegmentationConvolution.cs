using PerceptionEncoder.Evaluation.Dense.Heads;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>A linear head whose scores a 3x3 convolution looks at once more, so that a patch knows its neighbours.</summary>
/// <remarks>The paper names a linear layer and a convolution [B.3], and no sizes: these are ours.</remarks>
internal sealed class SegmentationConvolution : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear")]
    private readonly LinearTokenHead linear;

    [ComponentName(Name = "conv")]
    private readonly Conv2d convolution;

    public SegmentationConvolution(long width, int classes, double drop)
        : base(nameof(SegmentationConvolution))
    {
        linear = new LinearTokenHead(width, classes, drop: drop);
        convolution = nn.Conv2d(classes, classes, 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>[B, D, g, g] to [B, C, g, g].</summary>
    public override Tensor forward(Tensor maps)
    {
        using var scope = NewDisposeScope();
        return convolution.call(linear.call(maps)).MoveToOuterDisposeScope();
    }
}
