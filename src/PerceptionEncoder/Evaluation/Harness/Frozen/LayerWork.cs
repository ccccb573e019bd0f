namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>Where layers are measured and who is told.</summary>
public sealed record LayerWork
{
    /// <summary>Takes a line for each image that cannot be used.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>Told after each batch and before each task of a layer.</summary>
    public Action<LayerProgress>? Report { get; init; }

    /// <summary>Folder in which features are kept while they are measured; null for the system's own for temporary files.</summary>
    public string? Cache { get; init; }

    /// <summary>Figures of an interrupted sweep, and where those of this one are kept.</summary>
    internal FinishedFigures Finished { get; init; } = FinishedFigures.None;
}
