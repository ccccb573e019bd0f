using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Training;

/// <summary>When checkpoints are written and which stay. The last step of a stage and an interruption always write one.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Steps between checkpoints.</summary>
    [Range(1L, long.MaxValue)]
    public long Every { get; init; } = 500;

    /// <summary>How many of the newest stay.</summary>
    [Range(1, int.MaxValue)]
    public int Keep { get; init; } = 2;

    /// <summary>
    /// A metric of an evaluation set, as <c>SET/METRIC</c> such as <c>cifar10/acc1</c>: the checkpoint at which it was highest stays too,
    /// and <c>checkpoints/best</c> names it.
    /// </summary>
    [RegularExpression("[^/]+/.+", ErrorMessage = "must be SET/METRIC, such as cifar10/acc1")]
    public string? Best { get; init; }

    /// <summary>Checkpoints at multiples of this many steps stay for good; null for none.</summary>
    [Range(1L, long.MaxValue)]
    public long? KeepEvery { get; init; }
}
