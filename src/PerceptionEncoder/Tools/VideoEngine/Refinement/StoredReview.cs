namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A decision of the state that was not undone.</summary>
/// <param name="Shard">File name of the clip's shard.</param>
/// <param name="ShardPath">Where that lay when it was reviewed last.</param>
/// <param name="Key">Of the clip.</param>
/// <param name="Decision">What was said.</param>
/// <param name="Time">When.</param>
internal sealed record StoredReview(string Shard, string ShardPath, string Key, ReviewDecision Decision, DateTimeOffset Time);
