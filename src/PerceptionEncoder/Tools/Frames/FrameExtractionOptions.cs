using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Frames;

/// <summary>What is stored of each clip.</summary>
public sealed record FrameExtractionOptions
{
    /// <summary>Frames, spread evenly from first to last; repeated where a clip has fewer. 8 as the paper trains and evaluates.</summary>
    [Range(1, FrameMembers.Most)]
    public int Frames { get; init; } = 8;

    /// <summary>
    /// Frames are brought to this many pixels on their shorter side, proportions kept; null, or a smaller clip, leaves their size.
    /// </summary>
    [Range(1, 16384)]
    public int? ShortSide { get; init; }

    /// <summary>Compression of the frames.</summary>
    public FrameFormat Format { get; init; } = FrameFormat.Jpg;

    /// <summary>Clips decoded at a time; 0 takes one per processor.</summary>
    [Range(0, 1024)]
    public int Workers { get; init; }
}
