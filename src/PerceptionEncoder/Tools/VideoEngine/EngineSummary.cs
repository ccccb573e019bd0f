namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>What a run has come to, all its commands together.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="Clips">Clips of the source.</param>
/// <param name="Captioned">Of which all stages are over.</param>
/// <param name="Written">That are in shards.</param>
/// <param name="Shards">Complete shards.</param>
/// <param name="Calls">Answers that came.</param>
/// <param name="InputTokens">Of questions.</param>
/// <param name="OutputTokens">Of answers.</param>
/// <param name="Cost">Money.</param>
/// <param name="Seconds">Time of this command.</param>
/// <param name="Failed">What a later command tries again, by reason.</param>
/// <param name="GivenUp">Questions that got no answer of use when asked twice, by reason.</param>
public sealed record EngineSummary(
    string Folder,
    long Clips,
    long Captioned,
    long Written,
    int Shards,
    long Calls,
    long InputTokens,
    long OutputTokens,
    double Cost,
    double Seconds,
    IReadOnlyDictionary<string, long> Failed,
    IReadOnlyDictionary<string, long> GivenUp)
{
    /// <summary>What stopped it before its end, in one line; null where nothing did.</summary>
    public string? Stopped { get; init; }
}
