using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Objectives;

/// <summary>What is hidden from the student of spatial alignment; its teachers see all. Defaults are those of the paper [T21].</summary>
public sealed record SpatialMaskOptions
{
    /// <summary>Share of an image's blocks that are hidden. 0.75 in spatial alignment.</summary>
    [Range(0.01, 0.99)]
    public double Ratio { get; init; } = 0.75;

    /// <summary>Side of the square of tokens that is hidden or shown together. 2 in spatial alignment.</summary>
    [Range(1, 64)]
    public int Block { get; init; } = 2;
}
