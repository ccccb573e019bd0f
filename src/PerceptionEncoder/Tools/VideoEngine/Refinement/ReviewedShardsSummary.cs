namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What was written of reviewed shards.</summary>
/// <param name="Folder">Holds them, under the names of the old ones.</param>
/// <param name="Clips">In them.</param>
/// <param name="ByPeople">Those that people have found a right caption for.</param>
/// <param name="LeftOut">Reviewed ones for which there is none.</param>
public sealed record ReviewedShardsSummary(string Folder, int Clips, int ByPeople, int LeftOut);
