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

    /// <summary>DropPath rate of the last block; earlier blocks rise to it linearly.</summary>
    public double DropPath { get; init; }

    /// <summary>Channels after the projection; null leaves the projection out.</summary>
    public int? OutputDim { get; init; } = 1024;
}
