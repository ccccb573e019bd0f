using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>Which frames of a clip the captioners see.</summary>
public sealed record FrameOptions
{
    /// <summary>Frames that are described one by one, spread evenly from first to last; fewer where the clip has fewer.</summary>
    [Range(1, FrameMembers.Most)]
    public int Count { get; init; } = 4;

    /// <summary>Frames by which the whole clip is described, all in one question.</summary>
    [Range(1, FrameMembers.Most)]
    public int OfClip { get; init; } = 8;

    /// <summary>
    /// Frames are brought to so many pixels on their shorter side, proportions kept; smaller ones, and all by null, stay as they are.
    /// </summary>
    [Range(16, 16384)]
    public int? ShortSide { get; init; } = 448;
}
