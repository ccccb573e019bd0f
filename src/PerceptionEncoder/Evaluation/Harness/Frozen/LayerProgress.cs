namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>How far a sweep is.</summary>
/// <param name="What">The set and its part, or the layer and probe at work.</param>
/// <param name="Done">Images encoded of the part, or probes measured.</param>
/// <param name="Total">Of them, where it is known before the end.</param>
/// <param name="PerSecond">Their rate.</param>
public sealed record LayerProgress(string What, int Done, int? Total, double PerSecond);
