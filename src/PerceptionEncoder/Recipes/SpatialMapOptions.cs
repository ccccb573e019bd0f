using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data.Samples;

namespace PerceptionEncoder.Recipes;

/// <summary>Where the per-pixel teacher's maps come from [5.2]: stored beside the images, or computed of each augmented image.</summary>
public sealed record SpatialMapOptions
{
    /// <summary>
    /// SAM 2.1's checkpoint, which then looks at each image as the student sees it; null for maps that are stored in the shards as
    /// <c>KEY.map.npy</c>, as <c>pe data sam-logits</c> or any other teacher writes them.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>Of <see cref="Checkpoint"/>: points of the grid a side, one channel each. 32 as published.</summary>
    [Range(1, 256)]
    public int PointsPerSide { get; init; } = 32;

    /// <summary>Of <see cref="Checkpoint"/>: side of its square input in pixels; null for its own, 1024.</summary>
    [Range(1, 16384)]
    public int? ImageSize { get; init; }

    /// <summary>Of <see cref="Checkpoint"/>: prompts that are decoded together.</summary>
    [Range(1, 65536)]
    public int PromptsAtOnce { get; init; } = 64;

    /// <summary>Of stored maps: their channels. 1024, the points of a grid of 32 a side, unless they were compressed.</summary>
    [Range(1, TeacherMap.MostChannels)]
    public int Channels { get; init; } = 1024;
}
