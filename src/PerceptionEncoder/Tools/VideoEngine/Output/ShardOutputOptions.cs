using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.VideoEngine.Output;

/// <summary>The shards that are written.</summary>
public sealed record ShardOutputOptions
{
    /// <summary>What the JSON beside each clip holds.</summary>
    public ShardLayout Layout { get; init; } = ShardLayout.Engine;

    /// <summary>Clips of a shard.</summary>
    [Range(1, 10_000_000)]
    public int Clips { get; init; } = 1000;

    /// <summary>
    /// So many frames, spread evenly, are stored as JPEG in place of the clip, for training that decodes no video; null for the clip.
    /// </summary>
    [Range(1, FrameMembers.Most)]
    public int? StoredFrames { get; init; }

    /// <summary>Stored frames are brought to so many pixels on their shorter side; null leaves their size.</summary>
    [Range(16, 16384)]
    public int? ShortSide { get; init; }
}
