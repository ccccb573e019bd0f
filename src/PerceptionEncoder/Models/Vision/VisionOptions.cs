namespace PerceptionEncoder.Models.Vision;

/// <summary>Shape of a vision tower [App. B.1.1, Tab. 17]. Defaults are those all published towers share.</summary>
public sealed record VisionOptions
{
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
        Require(Width > 0 && Layers > 0 && Heads > 0 && PatchSize > 0, "width, layers, heads and patch_size must be positive");
        Require(Width % Heads == 0, $"width {Width} is not a multiple of heads {Heads}");
        Require(Pooling != Pooling.Attention || (PoolingHeads > 0 && Width % PoolingHeads == 0), $"width {Width} is not a multiple of pooling_heads {PoolingHeads}");
        Require(ImageSize >= PatchSize, $"image_size {ImageSize} is smaller than patch_size {PatchSize}");
        Require(Pooling != Pooling.Token || UseClassToken, "pooling token needs use_class_token");
        Require(DropPath is >= 0 and < 1, $"drop_path {DropPath} is not in [0, 1)");
        Require(PatchDropout is >= 0 and < 1, $"patch_dropout {PatchDropout} is not in [0, 1)");
        Require(MlpRatio * Width >= 1 && OutputDim is not <= 0, "mlp_ratio and output_dim must be positive");
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException($"model.vision: {problem}. Mend the model section of the config.");
        }
    }
}
