using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Prompts to masks at the size of the picture, and a grid of points to the masks of everything in it.</summary>
/// <remarks>facebookresearch/sam2, sam2/automatic_mask_generator.py: steps and values only.</remarks>
/// <param name="segmenter">The model.</param>
public sealed class MaskFinder(Segmenter segmenter)
{
    /// <summary>Masks that are at the size of the picture at once.</summary>
    private const int EnlargedAtOnce = 8;

    /// <summary>All masks of some prompts, the likeliest of each prompt first.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompts">What is meant.</param>
    /// <param name="choice">Which masks of each.</param>
    /// <param name="cancellation">Stops between chunks of prompts.</param>
    public IReadOnlyList<FoundMask> Of(
        EncodedPicture picture,
        IReadOnlyList<MaskPrompt> prompts,
        MaskChoice choice,
        CancellationToken cancellation = default)
    {
        var all = Candidates(picture, prompts, choice, new MaskFilterOptions { MinimumIou = -1, MinimumStability = -1 }, cancellation);
        return [.. all.OrderBy(found => found.Prompt).ThenByDescending(found => found.Mask.PredictedIou).Select(found => found.Mask)];
    }

    /// <summary>The masks of everything in a picture, the likeliest first: no two of nearly the same place.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="pointsPerSide">Points of the grid a side: 32 as published.</param>
    /// <param name="options">Which are kept.</param>
    /// <param name="cancellation">Stops between chunks of prompts.</param>
    public IReadOnlyList<FoundMask> OfGrid(
        EncodedPicture picture,
        int pointsPerSide,
        MaskFilterOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        options ??= new MaskFilterOptions();
        var prompts = MaskPrompt.Grid(pointsPerSide, picture.Width, picture.Height);
        var ranked = Candidates(picture, prompts, MaskChoice.Three, options, cancellation)
            .Select(found => found.Mask)
            .OrderByDescending(mask => mask.PredictedIou);
        var kept = new List<FoundMask>();
        foreach (var mask in ranked)
        {
            if (!kept.Exists(better => Overlap(better.Mask.Bounds, mask.Mask.Bounds) > options.MaximumOverlap))
            {
                kept.Add(mask);
            }
        }

        return kept;
    }

    /// <summary>Intersection over union of two boxes from corner to corner, as published; NaN where both are without area.</summary>
    internal static double Overlap((int Left, int Top, int Right, int Bottom) a, (int Left, int Top, int Right, int Bottom) b)
    {
        var width = Math.Max(0L, Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left));
        var height = Math.Max(0L, Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top));
        return (double)(width * height) / (Area(a) + Area(b) - (width * height));

        static long Area((int Left, int Top, int Right, int Bottom) box) => (long)(box.Right - box.Left) * (box.Bottom - box.Top);
    }

    private List<(int Prompt, FoundMask Mask)> Candidates(
        EncodedPicture picture,
        IReadOnlyList<MaskPrompt> prompts,
        MaskChoice choice,
        MaskFilterOptions options,
        CancellationToken cancellation)
    {
        var done = 0;
        var found = new List<(int Prompt, FoundMask Mask)>();
        foreach (var prediction in segmenter.Predict(picture, prompts, choice))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var masks = (int)prediction.Iou.shape[1];
            var ious = prediction.Iou.flatten().cpu().data<float>().ToArray();
            int[] likely = [.. Enumerable.Range(0, ious.Length).Where(index => ious[index] > options.MinimumIou)];
            var logits = prediction.Logits.flatten(0, 1).unsqueeze(1);                     // [P * M, 1, h, w]
            foreach (var some in likely.Chunk(EnlargedAtOnce))
            {
                foreach (var (index, mask, stability) in Enlarged(picture, logits, some, options))
                {
                    found.Add((done + (index / masks), new FoundMask(mask, ious[index], stability, prompts[done + (index / masks)])));
                }
            }

            done += (int)prediction.Iou.shape[0];
            prediction.Dispose();
        }

        return found;
    }

    /// <summary>Those of some masks that are stable at the size of the picture.</summary>
    private static List<(int Index, PixelMask Mask, double Stability)> Enlarged(
        EncodedPicture picture,
        Tensor logits,
        int[] chosen,
        MaskFilterOptions options)
    {
        using var scope = NewDisposeScope();
        var index = tensor(chosen.Select(each => (long)each).ToArray()).SendTo(logits.device);
        var large = Segmenter.Enlarge(logits.index_select(0, index), picture);             // [C, 1, H, W]
        var inner = large.gt(Scalars.Of(options.StabilityOffset)).sum([-2, -1]).to(float32);
        var outer = large.gt(Scalars.Of(-options.StabilityOffset)).sum([-2, -1]).to(float32);
        var stability = (inner / outer).flatten().cpu().data<float>().ToArray();           // not a number without any area
        var covered = large.gt(Scalars.Of(0.0)).to(uint8).cpu();
        var kept = new List<(int, PixelMask, double)>();
        for (var i = 0; i < chosen.Length; i++)
        {
            if (stability[i] >= options.MinimumStability || options.MinimumStability < 0)
            {
                using var own = covered[i].contiguous();
                kept.Add((chosen[i], PixelMask.Of(own.data<byte>().ToArray(), picture.Width, picture.Height), stability[i]));
            }
        }

        return kept;
    }
}
