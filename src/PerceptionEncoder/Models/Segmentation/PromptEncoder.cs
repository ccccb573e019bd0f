using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Points, boxes and masks as the mask decoder takes them.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/sam/prompt_encoder.py: names and formulas only.</remarks>
internal sealed class PromptEncoder : nn.Module
{
    private readonly int imageSize;

    [ComponentName(Name = "pe_layer")]
    private readonly RandomWaves waves;

    [ComponentName(Name = "point_embeddings")]
    private readonly ModuleList<LearnedVectors> kinds;

    [ComponentName(Name = "not_a_point_embed")]
    private readonly LearnedVectors noPoint;

    [ComponentName(Name = "no_mask_embed")]
    private readonly LearnedVectors noMask;

    [ComponentName(Name = "mask_downscaling")]
    private readonly MaskShrinking shrinking;

    public PromptEncoder(SegmentationOptions options)
        : base(nameof(PromptEncoder))
    {
        imageSize = options.ImageSize;
        waves = new RandomWaves(options.FeatureWidth);
        kinds = nn.ModuleList(Enumerable.Range(0, 4).Select(_ => new LearnedVectors(1, options.FeatureWidth)).ToArray());
        noPoint = new LearnedVectors(1, options.FeatureWidth);
        noMask = new LearnedVectors(1, options.FeatureWidth);
        shrinking = new MaskShrinking(options.MaskPromptWidth, options.FeatureWidth);
        RegisterComponents();
    }

    // P prompts · K points of each · N tokens of the picture · D width

    /// <summary>Positions of the picture's tokens, float32 [N, D].</summary>
    public Tensor Grid() => waves.OfGrid(imageSize / SegmentationOptions.TokenStride);

    /// <param name="points">[P, K, 2] in pixels; a whole number is the corner of a pixel, whose centre is meant.</param>
    /// <param name="labels">[P, K].</param>
    /// <param name="fill">Append a point that is none, as the published predictor does.</param>
    /// <returns>[P, K + 1, D], or [P, K, D].</returns>
    public Tensor Points(Tensor points, Tensor labels, bool fill = true)
    {
        using var scope = NewDisposeScope();
        var places = points.to(float32).add(Scalars.Of(0.5), Scalars.One).div_(Scalars.Of((double)imageSize));
        if (fill)
        {
            places = cat([places, zeros([places.shape[0], 1, 2], float32, places.device)], 1);
            labels = cat([labels, full([labels.shape[0], 1], Scalars.Of(-1L), int64, labels.device)], 1);
        }

        var table = cat([noPoint.Rows, .. kinds.Select(kind => kind.Rows)], 0);          // [5, D], by label + 1
        var meanings = table.index_select(0, labels.flatten().add(Scalars.Of(1L), Scalars.One)).view(labels.shape[0], labels.shape[1], -1);
        var isPoint = labels.ge(Scalars.Of(0L)).unsqueeze(-1);
        return waves.Of(places).mul_(isPoint).to(meanings.dtype).add_(meanings, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <param name="masks">[P or 1, 1, 4h, 4w] logits, or null.</param>
    /// <returns>What is added to every token of the picture: [P or 1, N, D], or [1, 1, D] where there is no mask.</returns>
    public Tensor Mask(Tensor? masks)
    {
        using var scope = NewDisposeScope();
        return (masks is null ? noMask.Rows.unsqueeze(0) : shrinking.Shrink(masks.to(noMask.Rows.dtype))).MoveToOuterDisposeScope();
    }

    /// <summary>A mask at a quarter of its side, as channels; the members are at their published places.</summary>
    private sealed class MaskShrinking : nn.Module
    {
        [ComponentName(Name = "0")]
        private readonly KernelLayer first;

        [ComponentName(Name = "1")]
        private readonly ChannelNorm firstNorm;

        [ComponentName(Name = "3")]
        private readonly KernelLayer second;

        [ComponentName(Name = "4")]
        private readonly ChannelNorm secondNorm;

        [ComponentName(Name = "6")]
        private readonly KernelLayer last;

        public MaskShrinking(long hidden, long width)
            : base(nameof(MaskShrinking))
        {
            first = new KernelLayer(hidden / 4, hidden / 4, 1, 2, 2);
            firstNorm = new ChannelNorm(hidden / 4, ChannelNorm.Small);
            second = new KernelLayer(hidden, hidden, hidden / 4, 2, 2);
            secondNorm = new ChannelNorm(hidden, ChannelNorm.Small);
            last = new KernelLayer(width, width, hidden, 1, 1);
            RegisterComponents();
        }

        /// <summary>[P, 1, 4h, 4w] to [P, h * w, D].</summary>
        public Tensor Shrink(Tensor masks)
        {
            using var scope = NewDisposeScope();
            var half = firstNorm.OfPlanes(first.OfPlanes(masks, 2)).gelu();
            var quarter = secondNorm.OfPlanes(second.OfPlanes(half, 2)).gelu();
            return last.OfPlanes(quarter, 1).flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
        }
    }
}
