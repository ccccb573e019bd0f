using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>
/// Tokens of the picture at four times the side, with what the finer levels know; the members are at their published places.
/// </summary>
/// <remarks>
/// facebookresearch/sam2, sam2/modeling/sam/mask_decoder.py: names and formulas only. A convolution that makes a square of four of each
/// place is a matrix product. The four stay together behind their place, so that nothing is rearranged but, at the end, the masks.
/// </remarks>
internal sealed class MaskUpscaling : nn.Module
{
    [ComponentName(Name = "0")]
    private readonly KernelLayer first;

    [ComponentName(Name = "1")]
    private readonly ChannelNorm norm;

    [ComponentName(Name = "3")]
    private readonly KernelLayer second;

    public MaskUpscaling(long width)
        : base(nameof(MaskUpscaling))
    {
        first = new KernelLayer(width / 4, width, width / 4, 2, 2);
        norm = new ChannelNorm(width / 4, ChannelNorm.Small);
        second = new KernelLayer(width / 8, width / 4, width / 8, 2, 2);
        RegisterComponents();
    }

    // P prompts · N = h * w places · D width

    /// <param name="picture">[P, N, D].</param>
    /// <param name="half">At twice the side, <see cref="Nested"/>, [4N, D/4].</param>
    /// <param name="full">At four times the side, nested, [16N, D/8].</param>
    /// <returns>Nested, [P, 16N, D/8].</returns>
    public Tensor Enlarge(Tensor picture, Tensor half, Tensor full)
    {
        using var scope = NewDisposeScope();
        var wider = norm.call(Quadruple(picture, first).add_(half.add(first.Bias, Scalars.One), Scalars.One)).gelu_();
        return Quadruple(wider, second).add_(full.add(second.Bias, Scalars.One), Scalars.One).gelu_().MoveToOuterDisposeScope();
    }

    /// <summary>Places of a finer level in the order in which they are made: four behind each place of the coarser one.</summary>
    /// <param name="level">[side, side, C].</param>
    /// <param name="depth">1 where a place of the tokens has 4 in it, 2 where it has 16.</param>
    /// <returns>[side * side, C].</returns>
    public static Tensor Nested(Tensor level, int depth)
    {
        var (side, channels) = (level.shape[0] >> depth, level.shape[2]);
        return depth == 1
            ? level.view(side, 2, side, 2, channels).permute(0, 2, 1, 3, 4).reshape(-1, channels)
            : level.view(side, 2, 2, side, 2, 2, channels).permute(0, 3, 1, 4, 2, 5, 6).reshape(-1, channels);
    }

    /// <summary>Masks in rows and columns.</summary>
    /// <param name="nested">[P, M, 16N].</param>
    /// <returns>[P, M, 4h, 4w] of a square.</returns>
    public static Tensor Planes(Tensor nested)
    {
        var (prompts, masks) = (nested.shape[0], nested.shape[1]);
        var side = (long)Math.Sqrt(nested.shape[2] / 16);
        return nested.view(prompts, masks, side, side, 2, 2, 2, 2).permute(0, 1, 2, 4, 6, 3, 5, 7)
            .reshape(prompts, masks, 4 * side, 4 * side);
    }

    /// <summary>[P, n, C] to [P, 4n, C'] without bias.</summary>
    private static Tensor Quadruple(Tensor places, KernelLayer layer)
    {
        var kernel = layer.Weight.permute(2, 3, 1, 0).flatten(0, 2);                       // [4C', C]
        return matmul(places, kernel.t()).view(places.shape[0], -1, layer.Bias.shape[0]);
    }
}
