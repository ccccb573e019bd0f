namespace PerceptionEncoder.Training.Reports;

/// <summary>What a report says beyond the run folder's own files.</summary>
internal sealed record RunReportContent
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>How the run stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>When the report is written.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Time spent in training; null leaves it out.</summary>
    public TimeSpan? TrainingTime { get; init; }

    /// <summary>Skipped training samples by reason.</summary>
    public IReadOnlyDictionary<string, long> BadSamples { get; init; } = new Dictionary<string, long>();
}
