using PerceptionEncoder.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Self-attention within windows, whose queries may be pooled: then a window leaves with half the side.</summary>
/// <remarks>Hiera; facebookresearch/sam2, sam2/modeling/backbones/hieradet.py: names and formulas only.</remarks>
internal sealed class HieraAttention : nn.Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly bool pools;

    [ComponentName(Name = "qkv")]
    private readonly LinearLayer inputProjection;

    [ComponentName(Name = "proj")]
    private readonly LinearLayer outputProjection;

    public HieraAttention(HieraBlockShape shape)
        : base(nameof(HieraAttention))
    {
        (heads, pools) = (shape.Heads, shape.Pools);
        inputProjection = new LinearLayer(shape.Input, 3 * shape.Output);
        outputProjection = new LinearLayer(shape.Output, shape.Output);
        RegisterComponents();
    }

    // G windows of the batch · h, w their sides · C, C' channels that enter and leave · H heads · c = C'/H

    /// <param name="windows">[G, h, w, C].</param>
    /// <returns>[G, h, w, C'], or [G, h/2, w/2, C'] of pooled queries.</returns>
    public override Tensor forward(Tensor windows)
    {
        using var scope = NewDisposeScope();
        var (count, height, width) = (windows.shape[0], windows.shape[1], windows.shape[2]);
        var projected = Affine.Apply(windows, inputProjection).view(count, height * width, 3, heads, -1);
        Tensor context;
        if (pools)
        {
            var parts = projected.unbind(2);                                              // each [G, h * w, H, c]
            var queries = GridPooling.Half(parts[0].reshape(count, height, width, -1)).view(count, -1, heads, parts[0].shape[3]);
            context = nn.functional.scaled_dot_product_attention(
                queries.transpose(1, 2),
                parts[1].transpose(1, 2),
                parts[2].transpose(1, 2)).transpose(1, 2);
            (height, width) = (height / 2, width / 2);
        }
        else
        {
            context = Attention.Apply(projected, null, causal: false);
        }

        return Affine.Apply(context.reshape(count, height, width, -1), outputProjection).MoveToOuterDisposeScope();
    }
}
