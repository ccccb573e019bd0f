using System.Text.Json;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Shape of a promptable segmentation model of the SAM 2.1 kind, without memory. Defaults are those of the tiny size.</summary>
/// <remarks>facebookresearch/sam2, configs/sam2.1, Apache-2.0: names and values only.</remarks>
public sealed record SegmentationOptions
{
    /// <summary>Stages of the trunk; the last gives the coarsest level, which pictures do not need.</summary>
    internal const int StageCount = 4;

    /// <summary>Pixels a side of what becomes one place of the finest level.</summary>
    internal const int PatchStride = 4;

    /// <summary>Pixels a side of what becomes one token of the mask decoder.</summary>
    internal const int TokenStride = 16;

    /// <summary>Sides of pictures are a multiple of it: every stage after the first halves the grid of patches.</summary>
    internal const int CoarsestStride = 32;

    /// <summary>Masks that the decoder makes of a prompt: one for a clear prompt, three for one that may mean several things.</summary>
    internal const int MaskTokens = 4;

    private const int MaximumWidth = 1 << 13;
    private const int MaximumDepth = 256;
    private const int MaximumSide = 8192;

    /// <summary>Side of the square input in pixels.</summary>
    public int ImageSize { get; init; } = 1024;

    /// <summary>Channels of the first stage; each later one has twice as many.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Attention heads of the first stage; each later one has twice as many.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>Blocks of each of the four stages.</summary>
    public IReadOnlyList<int> Stages { get; init; } = [1, 2, 7, 2];

    /// <summary>Blocks, counted from 0, that attend to the whole picture.</summary>
    public IReadOnlyList<int> GlobalBlocks { get; init; } = [5, 7, 9];

    /// <summary>Side of the windows that the other blocks of each stage attend within, in tokens.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [8, 4, 14, 7];

    /// <summary>Side of the square of positions that is stretched over the picture.</summary>
    public int PositionGrid { get; init; } = 7;

    /// <summary>Levels, 0 the finest, to which what the next coarser one has is added.</summary>
    public IReadOnlyList<int> TopDownLevels { get; init; } = [2, 3];

    /// <summary>Channels of the levels, and of the prompts and tokens of the mask decoder.</summary>
    public int FeatureWidth { get; init; } = 256;

    /// <summary>Channels of a mask prompt before it gets <see cref="FeatureWidth"/>.</summary>
    public int MaskPromptWidth { get; init; } = 16;

    /// <summary>Layers of the mask decoder.</summary>
    public int DecoderLayers { get; init; } = 2;

    /// <summary>Attention heads of the mask decoder.</summary>
    public int DecoderHeads { get; init; } = 8;

    /// <summary>Hidden channels of its MLPs.</summary>
    public int DecoderHidden { get; init; } = 2048;

    /// <summary>Hidden channels of the head that predicts a mask's intersection over union.</summary>
    public int IouHidden { get; init; } = 256;

    /// <summary>
    /// Logits this far above and below zero bound the two areas whose ratio is the stability of a single mask.
    /// </summary>
    public double StabilityDelta { get; init; } = 0.05;

    /// <summary>A single mask that is less stable gives way to the best of the three.</summary>
    public double StabilityThreshold { get; init; } = 0.98;

    /// <summary>The model with fresh weights.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public SegmentationModel Build() => new(this);

    /// <summary>The shape of each block of the trunk, in order.</summary>
    internal IEnumerable<HieraBlockShape> Blocks()
    {
        var (width, heads, block) = (Width, Heads, 0);
        for (var stage = 0; stage < StageCount; stage++)
        {
            for (var i = 0; i < Stages[stage]; i++, block++)
            {
                // The block that begins a stage pools its queries: it still attends within windows of the stage before, on that one's grid.
                var begins = stage > 0 && i == 0;
                var window = GlobalBlocks.Contains(block) ? 0 : Windows[begins ? stage - 1 : stage];
                var input = width;
                (width, heads) = begins ? (2 * width, 2 * heads) : (width, heads);
                yield return new HieraBlockShape(input, width, heads, window, begins);
            }
        }
    }

    /// <summary>Why no model has this shape; null where one can.</summary>
    internal string? FindProblem()
        => Stages is not { Count: StageCount } || Windows is not { Count: StageCount } ? $"stages and windows must be {StageCount} numbers"
        : Stages.Any(blocks => blocks is < 1 or > MaximumDepth) ? $"stages must be 1 to {MaximumDepth} blocks each"
        : Windows.Any(side => side is < 1 or > MaximumSide) || Windows.SkipLast(1).Any(side => side % 2 != 0)
            ? "windows must be positive, and those of the first three stages even"
        : GlobalBlocks is null || TopDownLevels is null ? "global_blocks and top_down_levels must be lists"
        : Width is < 1 or > MaximumWidth || Heads < 1 || Width % Heads != 0 ? $"width {Width} is no multiple of heads {Heads}"
        : FeatureWidth is < 8 or > MaximumWidth || FeatureWidth % 8 != 0 ? $"feature_width {FeatureWidth} is no multiple of 8"
        : DecoderHeads < 1 || FeatureWidth / 2 % DecoderHeads != 0
            ? $"half the feature_width {FeatureWidth} is no multiple of decoder_heads {DecoderHeads}"
        : MaskPromptWidth < 4 || MaskPromptWidth % 4 != 0 ? $"mask_prompt_width {MaskPromptWidth} is no multiple of 4"
        : DecoderLayers is < 1 or > MaximumDepth || DecoderHidden < 1 || IouHidden < 1 || PositionGrid < 1
            ? "decoder_layers, decoder_hidden, iou_hidden and position_grid must be positive"
        : ImageSize is < 1 or > MaximumSide || ImageSize % CoarsestStride != 0 || ImageSize / PatchStride % Windows[0] != 0
            ? $"image_size {ImageSize} is no multiple of {CoarsestStride}, or its patches fill no whole windows of {Windows[0]}"
        : null;

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal SegmentationOptions Validated()
        => FindProblem() is { } problem ? throw new UserErrorException($"segmentation model: {problem}.") : this;

    /// <summary>The same shape, input size aside; lists of a record are compared by their members.</summary>
    internal bool IsLike(SegmentationOptions other)
        => JsonSerializer.Serialize(this with { ImageSize = 0 }, SegmentationArchitecture.Json)
            == JsonSerializer.Serialize(other with { ImageSize = 0 }, SegmentationArchitecture.Json);
}
