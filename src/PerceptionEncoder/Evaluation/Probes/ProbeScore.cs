using PerceptionEncoder.Evaluation.Harness;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>What a probe reached.</summary>
/// <param name="Metrics">On the test part, as <see cref="ClassificationMetrics"/> names them.</param>
/// <param name="Chosen">The hyper-parameters that were best, by name.</param>
internal sealed record ProbeScore(IReadOnlyDictionary<string, double> Metrics, params IReadOnlyList<(string Name, double Value)> Chosen);
