using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Training;

/// <summary>Name, place and seed of a run.</summary>
public sealed record RunOptions
{
    /// <summary>Name of the run folder.</summary>
    [RegularExpression(FolderName.Pattern, ErrorMessage = FolderName.Problem)]
    public required string Name { get; init; }

    /// <summary>Folder that holds run folders, relative to the working directory.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>Seeds initialisation, data order, augmentation and DropPath.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>When a run that goes wrong is stopped early.</summary>
    public DivergenceOptions Divergence { get; init; } = new();

    /// <summary>Steps between two lines of metrics.</summary>
    [Range(1, int.MaxValue)]
    public int LogEvery { get; init; } = 10;
}
