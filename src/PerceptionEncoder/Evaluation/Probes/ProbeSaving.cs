namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Where a trained probe is kept.</summary>
/// <param name="Path">The safetensors file to write.</param>
/// <param name="Weights">The encoder's weights file.</param>
public sealed record ProbeSaving(string Path, string Weights);
