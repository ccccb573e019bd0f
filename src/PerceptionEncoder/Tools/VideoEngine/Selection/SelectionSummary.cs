namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What was chosen.</summary>
/// <param name="Clips">That were looked at.</param>
/// <param name="Kept">Those that are worth captioning.</param>
/// <param name="ByReason">Clips by why they are kept or dropped.</param>
/// <param name="Clusters">Kinds that clips were sorted into.</param>
/// <param name="Measured">Clips that this run measured; the others were measured before.</param>
/// <param name="SecondsMeasuring">That it took.</param>
/// <param name="Scorer">How well the trained scorer tells; null without labels.</param>
/// <param name="Selection">The list of what becomes of each clip.</param>
/// <param name="Report">The page.</param>
/// <param name="Shards">Folder of the copied shards; null where they are not copied.</param>
public sealed record SelectionSummary(
    long Clips,
    long Kept,
    IReadOnlyDictionary<string, long> ByReason,
    int Clusters,
    long Measured,
    double SecondsMeasuring,
    ScorerSummary? Scorer,
    string Selection,
    string Report,
    string? Shards)
{
    /// <summary>What was asked of a model; null where nothing was.</summary>
    public QuestionsSummary? Questions { get; init; }
}
