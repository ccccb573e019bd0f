namespace PerceptionEncoder.Training.Reports;

/// <summary>What one evaluator measured at one step.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Samples">Samples seen by then.</param>
/// <param name="Metrics">Fractions by published name, in the order written.</param>
internal sealed record EvaluationPoint(long Step, double Samples, IReadOnlyDictionary<string, double> Metrics);
