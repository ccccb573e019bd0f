namespace PerceptionEncoder.Training.Reports;

/// <summary>One logged training step.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Samples">Samples seen.</param>
/// <param name="Values">Every other number of the line, by name.</param>
internal sealed record TrainingPoint(long Step, double Samples, IReadOnlyDictionary<string, double> Values);
