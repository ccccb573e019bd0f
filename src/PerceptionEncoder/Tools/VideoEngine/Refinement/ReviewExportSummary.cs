namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What an export has written, and what the reviews say.</summary>
/// <param name="Dialogues">File of the dialogues; null where none was asked for.</param>
/// <param name="Clips">In it.</param>
/// <param name="Disputed">Clips left out because their two reviewers do not agree whether there is a right caption.</param>
/// <param name="Shards">The reviewed shards with what people said; null where they were not asked for.</param>
/// <param name="Metrics">Figures of all reviews.</param>
public sealed record ReviewExportSummary(
    string? Dialogues,
    int Clips,
    int Disputed,
    ReviewedShardsSummary? Shards,
    ReviewMetrics Metrics);
