namespace PerceptionEncoder.Training;

/// <summary>
/// A learning rate that rises and falls within one stage, as of a run of its own: the stage's moments are new too.
/// </summary>
/// <param name="PeakRate">After warm-up.</param>
/// <param name="WarmupSteps">Of the stage.</param>
public sealed record StageSchedule(double PeakRate, int WarmupSteps);
