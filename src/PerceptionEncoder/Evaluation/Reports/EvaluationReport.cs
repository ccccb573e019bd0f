using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>A result and what is needed to measure the same again.</summary>
/// <param name="Result">What was measured.</param>
/// <param name="Model">Where the weights are from.</param>
/// <param name="WeightsHash">SHA-256 of the weights file.</param>
/// <param name="Config">The resolved options, a record; its properties become lower-case snake keys.</param>
/// <param name="Seed">Of what was random; null where nothing was.</param>
public sealed record EvaluationReport(EvaluationResult Result, string Model, string WeightsHash, object? Config, ulong? Seed = null);
