using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Data.Remote;

/// <summary>A folder that shards of other machines are fetched into ahead of their use, whole.</summary>
public sealed record ShardCacheOptions
{
    /// <summary>On a disk of this machine; all its processes may share it.</summary>
    public required string Folder { get; init; }

    /// <summary>The most that it holds: the shards that were used longest ago go first. 100 GB.</summary>
    [Range(1, long.MaxValue)]
    public long Bytes { get; init; } = 100_000_000_000;
}
