namespace PerceptionEncoder.Models.Vision;

/// <summary>Shape of a vision tower [App. B.1.1, Tab. 17]. Defaults are those all published towers share.</summary>
public sealed record VisionOptions
{
    internal const int MaximumWidth = 1 << 16;
    internal const int MaximumLayers = 1024;
    internal const double MaximumMlpRatio = 64;
    private const int MaximumSide = 8192;
    private const int MaximumGrid = 512;

    /// <summary>Input side the absolute position embedding is made for, in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a square patch, in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of a token.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Residual blocks.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads of a block.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Hidden width of a block's MLP over <see cref="Width"/>; the product is truncated.</summary>
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
    public int PoolingHeads { get; init; } = 8;

    /// <summary>Initial LayerScale value; null leaves LayerScale out.</summary>
    public double? LayerScale { get; init; }

    /// <summary>Share of samples for which a residual branch is left out in training, in every block alike, as published.</summary>
    public double DropPath { get; init; }

    /// <summary>Share of patches that each image leaves out in training.</summary>
    public double PatchDropout { get; init; }

    /// <summary>Channels after the projection; null leaves the projection out.</summary>
    public int? OutputDim { get; init; } = 1024;

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal void Validate()
    {
        if (FindProblem() is { } problem)
        {
            throw new UserErrorException($"model.vision: {problem}. Mend the model section of the config.");
        }
    }

    /// <summary>Why no tower has this shape; null where one can. The limits are far above what is published: they keep a lie from taking the machine's memory.</summary>
    internal string? FindProblem()
        => Width <= 0 || Layers <= 0 || Heads <= 0 || PatchSize <= 0 ? "width, layers, heads and patch_size must be positive"
        : Width > MaximumWidth ? $"width {Width} is more than {MaximumWidth}"
        : Layers > MaximumLayers ? $"layers {Layers} is more than {MaximumLayers}"
        : ImageSize > MaximumSide ? $"image_size {ImageSize} is more than {MaximumSide}"
        : ImageSize / PatchSize > MaximumGrid ? $"image_size {ImageSize} has more than {MaximumGrid} patches of {PatchSize} a side"
        : Width % Heads != 0 ? $"width {Width} is not a multiple of heads {Heads}"
        : Pooling == Pooling.Attention && (PoolingHeads <= 0 || Width % PoolingHeads != 0) ? $"width {Width} is not a multiple of pooling_heads {PoolingHeads}"
        : ImageSize < PatchSize ? $"image_size {ImageSize} is smaller than patch_size {PatchSize}"
        : Pooling == Pooling.Token && !UseClassToken ? "pooling token needs use_class_token"
        : DropPath is not (>= 0 and < 1) ? $"drop_path {DropPath} is not in [0, 1)"
        : PatchDropout is not (>= 0 and < 1) ? $"patch_dropout {PatchDropout} is not in [0, 1)"
        : MlpRatio * Width < 1 || OutputDim is <= 0 ? "mlp_ratio and output_dim must be positive"
        : MlpRatio is not <= MaximumMlpRatio ? $"mlp_ratio {MlpRatio} is more than {MaximumMlpRatio}"
        : OutputDim > MaximumWidth ? $"output_dim {OutputDim} is more than {MaximumWidth}"
        : null;
}
