namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>What a probe reached.</summary>
/// <param name="Metrics">On the test part, as <see cref="ClassificationMetrics"/> names them.</param>
/// <param name="Chosen">The hyper-parameter that was best on the held-out part, by name.</param>
internal sealed record ProbeScore(IReadOnlyDictionary<string, double> Metrics, (string Name, double Value) Chosen);
