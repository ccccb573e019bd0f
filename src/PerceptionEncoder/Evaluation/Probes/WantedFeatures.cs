namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>What probes need of the images of a set.</summary>
/// <param name="Layers">Indices from 0.</param>
/// <param name="Vectors">Features of one vector an image.</param>
/// <param name="Tokens">Whether all tokens are needed.</param>
internal sealed record WantedFeatures(IReadOnlyList<int> Layers, IReadOnlyList<ProbeFeature> Vectors, bool Tokens);
