using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Models.Language;

/// <summary>Between the vision tower and the decoder [PLM, 3.1].</summary>
public sealed record ProjectorOptions
{
    private const int MaximumRatio = 64;

    /// <summary>The layers.</summary>
    public ProjectorKind Kind { get; init; } = ProjectorKind.Mlp;

    /// <summary>So many patches a side become one token by averaging; 1 keeps every patch. PLM uses 2.</summary>
    [Range(1, MaximumRatio)]
    public int PoolingRatio { get; init; } = 2;

    /// <summary>Why no projector is like this; null where one can be.</summary>
    internal string? FindProblem()
        => !Enum.IsDefined(Kind) ? $"kind {Kind} is none that is known"
        : PoolingRatio is < 1 or > MaximumRatio ? $"pooling_ratio {PoolingRatio} is not in 1 to {MaximumRatio}"
        : null;
}
