using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Heads;

/// <summary>
/// The linear head of dense tasks: dropout of whole features, a batch norm over all places, and one linear layer of the features at each
/// place.
/// </summary>
/// <remarks>
/// DINOv3's for depth and segmentation. DINOv2's for depth has no norm, and enlarges features four times before the layer. Weights begin at
/// a deviation of 0.01, the bias at 0.
/// </remarks>
internal sealed class LinearTokenHead : nn.Module<Tensor, Tensor>
{
    private const double Deviation = 0.01;

    private readonly int enlarge;

    [ComponentName(Name = "dropout")]
    private readonly Dropout2d dropout;

    [ComponentName(Name = "batchnorm_layer")]
    private readonly BatchNorm2d? norm;

    [ComponentName(Name = "conv")]
    private readonly Conv2d layer;

    /// <param name="width">Features at a place.</param>
    /// <param name="outputs">Classes or bins.</param>
    /// <param name="normalize">With a batch norm.</param>
    /// <param name="enlarge">So many times larger are maps made first, bilinearly.</param>
    /// <param name="drop">Share of features that are left out in training.</param>
    public LinearTokenHead(long width, int outputs, bool normalize = true, int enlarge = 1, double drop = 0)
        : base(nameof(LinearTokenHead))
    {
        this.enlarge = enlarge;
        dropout = nn.Dropout2d(drop);
        norm = normalize ? nn.BatchNorm2d(width) : null;
        layer = nn.Conv2d(width, outputs, 1);
        using (no_grad())
        {
            layer.weight.normal_(0, Deviation);
            layer.bias!.zero_();
        }

        RegisterComponents();
    }

    /// <summary>[B, D, h, w] to [B, outputs, h, w], times what maps are enlarged.</summary>
    public override Tensor forward(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var features = enlarge == 1 ? maps : TokenMaps.Resize(maps, [enlarge * maps.shape[2], enlarge * maps.shape[3]]);
        features = dropout.call(features);
        return layer.call(norm is null ? features : norm.call(features)).MoveToOuterDisposeScope();
    }
}
