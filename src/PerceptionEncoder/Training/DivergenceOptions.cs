using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Training;

/// <summary>When a run that has gone wrong is stopped early. A loss that is no number always stops it.</summary>
public sealed record DivergenceOptions
{
    /// <summary>
    /// The smoothed loss has diverged where it is above this many times its lowest value in the stage, and 1 above it; null never stops.
    /// </summary>
    [Range(1.0, 1e6)]
    public double? Factor { get; init; } = 2;

    /// <summary>So many steps in a row.</summary>
    [Range(1, int.MaxValue)]
    public int Patience { get; init; } = 200;
}
