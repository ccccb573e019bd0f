using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>
/// SAM 2.1's image path: a picture is encoded once, and then points, boxes and masks become masks. For use only, as a frozen teacher or
/// by itself: nothing records gradients.
/// </summary>
/// <remarks>SAM 2 (arXiv 2408.00714); key names as published.</remarks>
public sealed class SegmentationModel : nn.Module
{
    [ComponentName(Name = "image_encoder")]
    private readonly ImageEncoder imageEncoder;

    [ComponentName(Name = "sam_prompt_encoder")]
    private readonly PromptEncoder promptEncoder;

    [ComponentName(Name = "sam_mask_decoder")]
    private readonly MaskDecoder maskDecoder;

    [ComponentName(Name = "no_mem_embed")]
    private readonly Parameter noMemory;

    /// <summary>A model with fresh weights, drawn from torch's generator in a fixed order.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public SegmentationModel(SegmentationOptions options)
        : base(nameof(SegmentationModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Validated();
        imageEncoder = new ImageEncoder(options);
        promptEncoder = new PromptEncoder(options);
        maskDecoder = new MaskDecoder(options);
        noMemory = Initialization.Normal(0.02, 1, 1, options.FeatureWidth);
        RegisterComponents();
    }

    /// <summary>The shape of all parts.</summary>
    public SegmentationOptions Options { get; }

    /// <summary>Trunk and pyramid.</summary>
    internal ImageEncoder ImageEncoder => imageEncoder;

    /// <summary>Points, boxes and masks.</summary>
    internal PromptEncoder PromptEncoder => promptEncoder;

    // P prompts · M masks of each · S side of the input

    /// <summary>Encodes a picture, once for all of its prompts.</summary>
    /// <param name="image">[1, 3, S, S], normalised (<see cref="SegmentationPixels.Normalize"/>), on the model's device.</param>
    /// <param name="width">Of the picture before it was squeezed into the input; null for S.</param>
    /// <param name="height">The same.</param>
    /// <returns>The caller's, in the weights' type.</returns>
    public EncodedPicture Encode(Tensor image, int? width = null, int? height = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!image.shape.SequenceEqual([1, 3, Options.ImageSize, Options.ImageSize]))
        {
            throw new ArgumentException(
                $"[{string.Join(", ", image.shape)}] is no picture of {Options.ImageSize} x {Options.ImageSize}",
                nameof(image));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var levels = imageEncoder.Levels(image.to(noMemory.dtype));
        var (full, half) = maskDecoder.Details(levels[0][0], levels[1][0]);
        var tokens = levels[2].flatten(1, 2).add(noMemory, Scalars.One);                   // [1, N, D]
        return new EncodedPicture(
            tokens.MoveToOuterDisposeScope(),
            full.MoveToOuterDisposeScope(),
            half.MoveToOuterDisposeScope(),
            promptEncoder.Grid().to(noMemory.dtype).MoveToOuterDisposeScope())
        {
            Width = width ?? Options.ImageSize,
            Height = height ?? Options.ImageSize,
        };
    }

    /// <summary>Masks of some prompts, all at once.</summary>
    /// <param name="picture">Of <see cref="Encode"/>.</param>
    /// <param name="prompts">P prompts, on the model's device.</param>
    /// <param name="choice">Which masks.</param>
    /// <returns>The caller's; sides are a quarter of S.</returns>
    public MaskPrediction Predict(EncodedPicture picture, SegmentationPrompts prompts, MaskChoice choice = MaskChoice.Three)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(prompts);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var all = maskDecoder.Decode(
            picture.Tokens.add(promptEncoder.Mask(prompts.Masks), Scalars.One),
            picture.Positions,
            promptEncoder.Points(prompts.Points, prompts.Labels),
            picture.Full,
            picture.Half);
        return MaskSelection.Of(all, choice, Options).MoveToOuterDisposeScope();
    }
}
