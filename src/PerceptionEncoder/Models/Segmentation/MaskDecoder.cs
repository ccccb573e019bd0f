using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Four masks of each prompt, with how good each is likely to be and whether there is anything at all.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/sam/mask_decoder.py: names and formulas only.</remarks>
internal sealed class MaskDecoder : nn.Module
{
    /// <summary>Tokens before those of the masks: one for the object score, one for the intersections over union.</summary>
    private const int ScoreTokens = 2;

    [ComponentName(Name = "transformer")]
    private readonly TwoWayTransformer transformer;

    [ComponentName(Name = "iou_token")]
    private readonly LearnedVectors iouToken;

    [ComponentName(Name = "mask_tokens")]
    private readonly LearnedVectors maskTokens;

    [ComponentName(Name = "obj_score_token")]
    private readonly LearnedVectors objectToken;

    [ComponentName(Name = "output_upscaling")]
    private readonly MaskUpscaling upscaling;

    [ComponentName(Name = "conv_s0")]
    private readonly KernelLayer fullProjection;

    [ComponentName(Name = "conv_s1")]
    private readonly KernelLayer halfProjection;

    [ComponentName(Name = "output_hypernetworks_mlps")]
    private readonly ModuleList<Perceptron> hypernetworks;

    [ComponentName(Name = "iou_prediction_head")]
    private readonly Perceptron iouHead;

    [ComponentName(Name = "pred_obj_score_head")]
    private readonly Perceptron objectHead;

    public MaskDecoder(SegmentationOptions options)
        : base(nameof(MaskDecoder))
    {
        long width = options.FeatureWidth;
        transformer = new TwoWayTransformer(options);
        iouToken = new LearnedVectors(1, width);
        maskTokens = new LearnedVectors(SegmentationOptions.MaskTokens, width);
        objectToken = new LearnedVectors(1, width);
        upscaling = new MaskUpscaling(width);
        fullProjection = new KernelLayer(width / 8, width / 8, width, 1, 1);
        halfProjection = new KernelLayer(width / 4, width / 4, width, 1, 1);
        hypernetworks = nn.ModuleList(Enumerable.Range(0, SegmentationOptions.MaskTokens)
            .Select(_ => new Perceptron(usesGelu: false, width, width, width, width / 8)).ToArray());
        iouHead = new Perceptron(usesGelu: false, width, options.IouHidden, options.IouHidden, SegmentationOptions.MaskTokens);
        objectHead = new Perceptron(usesGelu: false, width, width, width, 1);
        RegisterComponents();
    }

    // P prompts · N tokens of the picture · D width · M masks, 4 · K points of a prompt

    /// <summary>The two finer levels as the decoder takes them: [16N, D/8] and [4N, D/4], nested.</summary>
    /// <param name="full">[4h, 4w, D].</param>
    /// <param name="half">[2h, 2w, D].</param>
    public (Tensor Full, Tensor Half) Details(Tensor full, Tensor half)
    {
        using var scope = NewDisposeScope();
        return (
            MaskUpscaling.Nested(fullProjection.OfPixels(full), 2).MoveToOuterDisposeScope(),
            MaskUpscaling.Nested(halfProjection.OfPixels(half), 1).MoveToOuterDisposeScope());
    }

    /// <param name="picture">Tokens with what the mask prompts add, [1 or P, N, D].</param>
    /// <param name="positions">Of the tokens, [N, D].</param>
    /// <param name="points">[P, K, D].</param>
    /// <param name="full">Of <see cref="Details"/>.</param>
    /// <param name="half">Of <see cref="Details"/>.</param>
    /// <returns>All four masks, in float32.</returns>
    public MaskPrediction Decode(Tensor picture, Tensor positions, Tensor points, Tensor full, Tensor half)
    {
        using var scope = NewDisposeScope();
        var own = cat([objectToken.Rows, iouToken.Rows, maskTokens.Rows], 0).unsqueeze(0).expand(points.shape[0], -1, -1);
        var (tokens, seen) = transformer.Exchange(cat([own, points], 1), picture, positions);
        var ofMasks = tokens.narrow(1, ScoreTokens, SegmentationOptions.MaskTokens);       // [P, M, D]
        var enlarged = upscaling.Enlarge(seen, half, full);
        var factors = stack(hypernetworks.Select((network, mask) => network.call(ofMasks.select(1, mask))), 1);           // [P, M, D/8]
        return new MaskPrediction(
            MaskUpscaling.Planes(bmm(factors, enlarged.transpose(1, 2)).to(float32)).MoveToOuterDisposeScope(),
            iouHead.call(tokens.select(1, 1)).to(float32).sigmoid().MoveToOuterDisposeScope(),
            objectHead.call(tokens.select(1, 0)).to(float32).MoveToOuterDisposeScope(),
            ofMasks.to(float32).MoveToOuterDisposeScope());
    }
}
