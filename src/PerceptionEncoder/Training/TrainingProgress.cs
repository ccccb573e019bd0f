namespace PerceptionEncoder.Training;

/// <summary>Where a run stands: what the display shows and <c>metrics.jsonl</c> keeps.</summary>
/// <param name="Step">Optimiser steps completed.</param>
/// <param name="TotalSteps">Optimiser steps of the run.</param>
/// <param name="Stage">The current stage.</param>
/// <param name="Stages">Number of stages.</param>
/// <param name="Metrics">
/// Figures of this step by name: <c>loss</c>, <c>learning_rate</c>, <c>images_per_second</c>, <c>data_wait</c> (share of time), ...
/// </param>
/// <param name="Remaining">Expected time to the end.</param>
public sealed record TrainingProgress(
    long Step,
    long TotalSteps,
    StagePlan Stage,
    int Stages,
    IReadOnlyDictionary<string, double> Metrics,
    TimeSpan Remaining)
{
    /// <summary>What a sample is called.</summary>
    public string Sample { get; init; } = "image";

    /// <summary>Samples a second as people read them, such as <c>1,234 images/s</c>.</summary>
    public string Rate => $"{Metrics["images_per_second"]:N0} {Sample}s/s";
}
