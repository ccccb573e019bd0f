using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>The two sides of a batch as a contrastive loss takes them.</summary>
/// <param name="Image">[B, C] at unit length.</param>
/// <param name="Text">[B, C] at unit length.</param>
/// <param name="LogitScale">Scalar: exp of the learned logarithm, not capped.</param>
public readonly record struct ClipFeatures(Tensor Image, Tensor Text, Tensor LogitScale);
