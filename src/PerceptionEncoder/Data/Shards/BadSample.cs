namespace PerceptionEncoder.Data.Shards;

/// <summary>Something in the shards that cannot be used.</summary>
/// <param name="Reason">A short fixed phrase, so that reasons can be counted.</param>
/// <param name="Shard">Path of the tar.</param>
/// <param name="Key">Key of the sample; null where the shard itself is damaged.</param>
/// <param name="Detail">What is particular to this case, in one line.</param>
public sealed record BadSample(string Reason, string Shard, string? Key, string Detail);
