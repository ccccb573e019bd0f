namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>How far a run is.</summary>
/// <param name="Clips">Clips of the source.</param>
/// <param name="Done">Those that were looked at in this command, or were finished before.</param>
/// <param name="PerSecond">Clips a second of this command.</param>
/// <param name="Left">Time that the rest will take at that rate; null before there is one.</param>
/// <param name="Tokens">Of all calls so far, earlier commands included.</param>
/// <param name="Cost">Money, likewise.</param>
/// <param name="Failures">Calls without an answer of use, and clips that cannot be used, of this command by reason.</param>
public sealed record EngineProgress(
    long Clips,
    long Done,
    double PerSecond,
    TimeSpan? Left,
    long Tokens,
    double Cost,
    IReadOnlyDictionary<string, long> Failures);
