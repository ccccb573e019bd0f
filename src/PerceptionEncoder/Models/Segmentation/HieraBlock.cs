using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>A residual block of the trunk; the first of a stage widens the channels and halves the grid.</summary>
/// <remarks>Hiera; facebookresearch/sam2, sam2/modeling/backbones/hieradet.py: names and formulas only.</remarks>
internal sealed class HieraBlock : nn.Module<Tensor, Tensor>
{
    private readonly HieraBlockShape shape;

    [ComponentName(Name = "norm1")]
    private readonly ChannelNorm attentionNorm;

    [ComponentName(Name = "attn")]
    private readonly HieraAttention attention;

    [ComponentName(Name = "norm2")]
    private readonly ChannelNorm mlpNorm;

    [ComponentName(Name = "mlp")]
    private readonly Perceptron mlp;

    [ComponentName(Name = "proj")]
    private readonly LinearLayer? widening;

    public HieraBlock(HieraBlockShape shape)
        : base(nameof(HieraBlock))
    {
        this.shape = shape;
        attentionNorm = new ChannelNorm(shape.Input, ChannelNorm.Small);
        attention = new HieraAttention(shape);
        mlpNorm = new ChannelNorm(shape.Output, ChannelNorm.Small);
        mlp = new Perceptron(usesGelu: true, shape.Output, 4L * shape.Output, shape.Output);
        widening = shape.Input == shape.Output ? null : new LinearLayer(shape.Input, shape.Output);
        RegisterComponents();
    }

    /// <param name="grid">[B, h, w, C].</param>
    /// <returns>[B, h, w, C'], or [B, h/2, w/2, C'] of a block that pools.</returns>
    public override Tensor forward(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var normed = attentionNorm.call(grid);
        var shortcut = widening is null ? grid : GridPooling.Half(Affine.Apply(normed, widening));
        var attended = shape.Window == 0
            ? attention.call(normed)
            : GridWindows.Join(attention.call(GridWindows.Cut(normed, shape.Window)), shortcut.shape[1], shortcut.shape[2]);
        var stream = shortcut.add(attended, Scalars.One);
        return stream.add_(mlp.call(mlpNorm.call(stream)), Scalars.One).MoveToOuterDisposeScope();
    }
}
