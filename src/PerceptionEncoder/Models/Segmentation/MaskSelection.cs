using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Chooses among the four masks of each prompt.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/sam/mask_decoder.py: names and formulas only.</remarks>
internal static class MaskSelection
{
    /// <param name="all">Four masks a prompt.</param>
    /// <param name="choice">What is wanted.</param>
    /// <param name="options">The bounds of stability.</param>
    public static MaskPrediction Of(MaskPrediction all, MaskChoice choice, SegmentationOptions options)
    {
        using var scope = NewDisposeScope();
        var (single, three) = (Part(all, 0, 1), Part(all, 1, SegmentationOptions.MaskTokens - 1));
        if (choice != MaskChoice.Best)
        {
            var (kept, dropped) = choice == MaskChoice.Three ? (three, single) : (single, three);
            return (kept with { ObjectScores = all.ObjectScores.alias() }).MoveToOuterDisposeScope();
        }

        var stable = Stability(single.Logits, options.StabilityDelta).ge(Scalars.Of(options.StabilityThreshold));         // [P, 1]
        var best = three.Iou.argmax(-1, keepdim: true);                                    // [P, 1]
        var (height, width) = (all.Logits.shape[2], all.Logits.shape[3]);
        var bestLogits = three.Logits.gather(1, best.view(-1, 1, 1, 1).expand(-1, 1, height, width));
        return new MaskPrediction(
            where(stable.view(-1, 1, 1, 1), single.Logits, bestLogits),
            where(stable, single.Iou, three.Iou.gather(1, best)),
            all.ObjectScores.alias(),
            single.MaskTokens).MoveToOuterDisposeScope();
    }

    /// <summary>The area inside by more than a distance over that inside by less than minus it; 1 where both are empty.</summary>
    /// <param name="logits">[P, M, h, w].</param>
    /// <param name="delta">The distance.</param>
    /// <returns>[P, M].</returns>
    public static Tensor Stability(Tensor logits, double delta)
    {
        using var scope = NewDisposeScope();
        var inner = logits.gt(Scalars.Of(delta)).sum([-2, -1]).to(float32);
        var outer = logits.gt(Scalars.Of(-delta)).sum([-2, -1]).to(float32);
        return where(outer.gt(Scalars.Of(0.0)), inner / outer, ones_like(outer)).MoveToOuterDisposeScope();
    }

    private static MaskPrediction Part(MaskPrediction all, long first, long count) => new(
        all.Logits.narrow(1, first, count),
        all.Iou.narrow(1, first, count),
        all.ObjectScores,
        all.MaskTokens.narrow(1, first, count));
}
