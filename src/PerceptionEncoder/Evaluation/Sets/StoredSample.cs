using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>A sample of a set; what lies in a file of its own is read when it is asked for.</summary>
/// <param name="Shard">The tar, or the folder of the classes.</param>
/// <param name="Key">In the tar, or the path below the folder.</param>
/// <param name="Read">Gives the members; throws <see cref="BadSampleException"/> where they cannot be read.</param>
internal sealed record StoredSample(string Shard, string Key, Func<Sample> Read);
