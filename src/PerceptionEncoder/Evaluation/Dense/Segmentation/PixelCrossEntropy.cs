using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>Cross-entropy of the classes of pixels.</summary>
/// <remarks>
/// The published mean is over all pixels: those without a class add nothing to the sum and count in the divisor all the same, so that a
/// picture of which little is labelled weighs less.
/// </remarks>
internal static class PixelCrossEntropy
{
    /// <param name="scores">[B, C, H, W].</param>
    /// <param name="labels">int64 [B, H, W].</param>
    /// <param name="unlabelled">Label of pixels that have no class.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Of(Tensor scores, Tensor labels, int unlabelled)
    {
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(scores, labels, ignore_index: unlabelled, reduction: nn.Reduction.Sum)
            .div(Scalars.Of((double)labels.numel()))
            .MoveToOuterDisposeScope();
    }
}
