using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Losses;

namespace PerceptionEncoder.Objectives;

/// <summary>The two losses of spatial alignment [5.2]. Defaults are those of the paper.</summary>
public sealed record SpatialOptions
{
    /// <summary>
    /// Factor on L_core, the distance to the frozen tower's tokens. 1 as published; 0 leaves it out, and the frozen tower with it.
    /// </summary>
    [Range(0, 1000)]
    public double CoreWeight { get; init; } = 1;

    /// <summary>
    /// Factor on L_loc, the distance to what the maps say of pairs of tokens. 1 as published; 0 leaves it out: self-distillation alone.
    /// </summary>
    [Range(0, 1000)]
    public double LocalWeight { get; init; } = 1;

    /// <summary>What L_loc follows.</summary>
    public SpatialPairSource Pairs { get; init; } = SpatialPairSource.Maps;

    /// <summary>
    /// L_loc wants exp(sharpness (cosine - 1)) of the teacher's cosines. 20 as published, for the logits of masks; null wants the cosines
    /// themselves.
    /// </summary>
    [Range(0, 1000)]
    public double? Sharpness { get; init; } = SpatialPairLoss.PublishedSharpness;

    /// <summary>Largest side of a matrix of similarities of tokens within an image.</summary>
    [Range(1, int.MaxValue)]
    public int Tile { get; init; } = SpatialLoss.DefaultTile;
}
