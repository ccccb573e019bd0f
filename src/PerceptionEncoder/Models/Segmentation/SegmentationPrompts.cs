using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

// P prompts · K points of each
/// <summary>Some prompts for one picture; a box is two points, its corners.</summary>
/// <param name="Points">float32 [P, K, 2]: x and y in pixels of the model's input.</param>
/// <param name="Labels">int64 [P, K]: values of <see cref="PointLabel"/>.</param>
/// <param name="Masks">Logits of an earlier mask, [P or 1, 1, 4h, 4w] for a token grid of h x w; null for none.</param>
public sealed record SegmentationPrompts(Tensor Points, Tensor Labels, Tensor? Masks = null)
{
    /// <summary>P.</summary>
    public long Count => Points.shape[0];

    /// <summary>Some of the prompts, views in the caller's dispose scope.</summary>
    internal SegmentationPrompts Slice(long start, long count)
        => new(
            Points.narrow(0, start, count),
            Labels.narrow(0, start, count),
            Masks is null || Masks.shape[0] == 1 ? Masks : Masks.narrow(0, start, count));
}
