using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

/// <summary>The same picture for two models of different input sizes, without decoding it twice.</summary>
internal static class ImageResize
{
    /// <summary>Antialiased bilinear, as the published transform, but in float: 8-bit values may differ by one.</summary>
    /// <param name="images">uint8 [B, 3, side, side].</param>
    /// <param name="side">In pixels.</param>
    /// <returns>uint8 [B, 3, side, side], the input itself where it has that size.</returns>
    public static Tensor To(Tensor images, int side)
    {
        if (images.shape[^1] == side)
        {
            return images;
        }

        using var scope = NewDisposeScope();
        return functional.interpolate(
            images.to(float32),
            [side, side],
            mode: InterpolationMode.Bilinear,
            align_corners: false,
            antialias: true).round_().clamp_(Scalars.Of(0), Scalars.Of(255)).to(uint8).MoveToOuterDisposeScope();
    }
}
