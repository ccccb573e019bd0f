using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Recipes;

/// <summary>Who is learned from in distillation [2.4, C.3].</summary>
public sealed record TeacherOptions
{
    /// <summary>Any checkpoint of both towers, with the student's vocabulary: a run folder, file or address.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>
    /// Side of its square input in pixels; null for its own. Images are decoded at the larger of its and the student's size.
    /// </summary>
    [Range(1, 16384)]
    public int? Resolution { get; init; }

    /// <summary>Factor on its similarities. Fixed at 200 [T20].</summary>
    [Range(1e-3, 1e6)]
    public double LogitScale { get; init; } = 200;

    /// <summary>
    /// Folder in which its features are kept, so that pairs that come again are not encoded again; null for none. Needs images without
    /// random augmentation to be of use. Of B/16's size 8 kB a pair.
    /// </summary>
    public string? Cache { get; init; }
}
