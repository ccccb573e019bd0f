using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Patches that are hidden from the vision tower: each enters as the same token instead of its own embedding, with its own position.
/// </summary>
/// <param name="Masked">Bool [B, patches]: true where a patch is hidden.</param>
/// <param name="Token">[D]: what takes its place.</param>
public sealed record TokenMask(Tensor Masked, Tensor Token)
{
    /// <summary>Hides the same number of patches of each image, drawn from torch's generator.</summary>
    /// <param name="images">B.</param>
    /// <param name="patches">Patches of an image.</param>
    /// <param name="ratio">Share that is hidden, rounded to whole patches.</param>
    /// <param name="device">Where the mask goes.</param>
    /// <returns>Bool [B, patches].</returns>
    public static Tensor Draw(long images, long patches, double ratio, Device device)
    {
        using var scope = NewDisposeScope();
        var hidden = (long)Math.Round(patches * ratio);
        return Randomness.Uniform(device, images, patches).argsort(-1).argsort(-1).lt(Scalars.Of(hidden)).MoveToOuterDisposeScope();
    }
}
