using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Evaluation;

/// <summary>A checkpoint of a sweep.</summary>
public sealed record SweptModel
{
    /// <summary>Name in the table and the figure.</summary>
    public required string Name { get; init; }

    /// <summary>A run folder, a checkpoint folder or a weights file.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Side of the square input in pixels; null for the checkpoint's own.</summary>
    [Range(1, int.MaxValue)]
    public int? ImageSize { get; init; }
}
