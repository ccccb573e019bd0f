namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Which sample.</summary>
/// <param name="Shard">Path of its shard.</param>
/// <param name="Key">Its key; null for the shard itself.</param>
public sealed record InspectedSample(string Shard, string? Key);
