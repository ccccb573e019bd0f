namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Sizes of a DPT head. The defaults are DINOv2's and DINOv3's for a tower of width 1,024.</summary>
internal sealed record DptOptions
{
    /// <summary>Width of each of the four layers, the earliest first.</summary>
    public required IReadOnlyList<long> Widths { get; init; }

    /// <summary>Channels that the layers are brought to, the finest first.</summary>
    public IReadOnlyList<long> LevelChannels { get; init; } = [128, 256, 512, 1024];

    /// <summary>Channels of what is fused.</summary>
    public long Channels { get; init; } = 256;

    /// <summary>Channels before the last layer.</summary>
    public long Hidden { get; init; } = 32;

    /// <summary>Bins, or 1 for a depth.</summary>
    public int Outputs { get; init; } = 256;

    /// <summary>Mix the class token into every patch first.</summary>
    public bool WithClassToken { get; init; } = true;

    /// <summary>Batch norm of the tokens: DINOv3's where features are large.</summary>
    public bool Normalize { get; init; }

    /// <summary>Biases in the residual units.</summary>
    public bool ResidualBias { get; init; }

    /// <summary>A convolution after the last fusion.</summary>
    public bool ProjectFused { get; init; } = true;
}
