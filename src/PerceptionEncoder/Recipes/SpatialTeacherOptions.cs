using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Recipes;

/// <summary>The frozen tower that spatial alignment learns from [5.2]: the student as it was, or a larger aligned tower [B.3.1].</summary>
public sealed record SpatialTeacherOptions
{
    /// <summary>Published name of a teacher other than the student, so that a plan knows its shape before its weights are there.</summary>
    public string? Preset { get; init; }

    /// <summary>A contrastive model or a tower; null for the student's own checkpoint.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// The layer that is learned from, counted from 0, or from the end where negative: 40 of 50 for PE-Spatial-G, the paper's 41st.
    /// </summary>
    public required int Layer { get; init; }

    /// <summary>
    /// Side of its square input in pixels; null for the student's. Both must have the same grid of patches: 448 for a teacher with patches
    /// of 14 beside a student of 512 with patches of 16.
    /// </summary>
    [Range(1, 16384)]
    public int? Resolution { get; init; }
}
