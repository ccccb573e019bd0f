using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Shape of a vision tower [App. B.1.1, Tab. 17]. Defaults are those all published towers share.</summary>
public sealed record VisionOptions
{
    internal const int MaximumWidth = 1 << 16;
    internal const int MaximumLayers = 1024;
    internal const double MaximumMlpRatio = 64;
    private const int MaximumSide = 8192;
    private const int MaximumGrid = 512;

    /// <summary>
    /// Input side in pixels; also that of the absolute position embedding, where <see cref="PositionsSize"/> names no other.
    /// </summary>
    [Range(1, MaximumSide)]
    public int ImageSize { get; init; } = 224;

    /// <summary>
    /// Input side that the absolute positions are learned for, where they are resampled to that of <see cref="ImageSize"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Range(1, MaximumSide)]
    public int? PositionsSize { get; init; }

    /// <summary>Side of a square patch, in pixels.</summary>
    [Range(1, int.MaxValue)]
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of a token.</summary>
    [Range(1, MaximumWidth)]
    public int Width { get; init; } = 768;

    /// <summary>Residual blocks.</summary>
    [Range(1, MaximumLayers)]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads of a block.</summary>
    [Range(1, int.MaxValue)]
    public int Heads { get; init; } = 12;

    /// <summary>Hidden width of a block's MLP over <see cref="Width"/>; the product is truncated.</summary>
    [Range(0, MaximumMlpRatio, MinimumIsExclusive = true)]
    public double MlpRatio { get; init; } = 4;

    /// <summary>Prepend a learned class token.</summary>
    public bool UseClassToken { get; init; } = true;

    /// <summary>Add learned absolute positions, interpolated to the input grid.</summary>
    public bool UseAbsolutePositions { get; init; } = true;

    /// <summary>Rotate queries and keys by 2D position.</summary>
    public bool UseRope2D { get; init; } = true;

    /// <summary>LayerNorm before the first block.</summary>
    public bool UseLnPre { get; init; } = true;

    /// <summary>LayerNorm after the last block.</summary>
    public bool UseLnPost { get; init; } = true;

    /// <summary>How tokens become one feature.</summary>
    public Pooling Pooling { get; init; } = Pooling.Attention;

    /// <summary>Heads of the attention pooling.</summary>
    [Range(1, int.MaxValue)]
    public int PoolingHeads { get; init; } = 8;

    /// <summary>Initial LayerScale value; null leaves LayerScale out.</summary>
    [Range(0, 1e3)]
    public double? LayerScale { get; init; }

    /// <summary>Share of samples for which a residual branch is left out in training, in every block alike, as published.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double DropPath { get; init; }

    /// <summary>Share of patches that each image leaves out in training.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double PatchDropout { get; init; }

    /// <summary>Channels after the projection; null leaves the projection out.</summary>
    [Range(1, MaximumWidth)]
    public int? OutputDim { get; init; } = 1024;

    /// <summary>Side of the square of absolute positions, in patches.</summary>
    internal int PositionGrid => (PositionsSize ?? ImageSize) / PatchSize;

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Width % Heads != 0)
        {
            yield return ("heads", $"width {Width} is not a multiple of heads {Heads}");
        }

        if (Pooling == Pooling.Attention && Width % PoolingHeads != 0)
        {
            yield return ("pooling_heads", $"width {Width} is not a multiple of pooling_heads {PoolingHeads}");
        }

        if (Pooling == Pooling.Token && !UseClassToken)
        {
            yield return ("pooling", "pooling token needs use_class_token");
        }

        if (MlpRatio * Width < 1)
        {
            yield return ("mlp_ratio", $"leaves no hidden channel of a width of {Width}");
        }
    }

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal void Validate()
    {
        if (FindProblem() is { } problem)
        {
            throw new UserErrorException($"model.vision: {problem}. Mend the model section of the config.");
        }
    }

    /// <summary>
    /// Why no tower has this shape; null where one can. The limits are far above what is published: they keep a lie from taking the
    /// machine's memory.
    /// </summary>
    internal string? FindProblem()
        => Width <= 0 || Layers <= 0 || Heads <= 0 || PoolingHeads <= 0 || PatchSize <= 0
            ? "width, layers, heads, pooling_heads and patch_size must be positive"
        : Width > MaximumWidth ? $"width {Width} is more than {MaximumWidth}"
        : Layers > MaximumLayers ? $"layers {Layers} is more than {MaximumLayers}"
        : ImageSize > MaximumSide ? $"image_size {ImageSize} is more than {MaximumSide}"
        : ImageSize < PatchSize ? $"image_size {ImageSize} is smaller than patch_size {PatchSize}"
        : ImageSize / PatchSize > MaximumGrid ? $"image_size {ImageSize} has more than {MaximumGrid} patches of {PatchSize} a side"
        : PositionGrid is <= 0 or > MaximumGrid
            ? $"positions_size {PositionsSize} has no patch of {PatchSize}, or more than {MaximumGrid} a side"
        : DropPath is not (>= 0 and < 1) ? $"drop_path {DropPath} is not in [0, 1)"
        : PatchDropout is not (>= 0 and < 1) ? $"patch_dropout {PatchDropout} is not in [0, 1)"
        : MlpRatio is not (> 0 and <= MaximumMlpRatio) || OutputDim is <= 0 or > MaximumWidth
            ? $"mlp_ratio {MlpRatio} and output_dim {OutputDim} must be positive, and at most {MaximumMlpRatio} and {MaximumWidth}"
        : Problems().Select(rule => rule.Problem).FirstOrDefault();
}
