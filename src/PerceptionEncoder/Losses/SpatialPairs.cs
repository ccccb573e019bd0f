using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

/// <summary>L_loc with what it compares, on average.</summary>
/// <param name="Of">The loss and its derivative.</param>
/// <param name="Student">Scalar: mean cosine of the student's tokens, each with each of its image and itself.</param>
/// <param name="Teacher">Scalar: mean over the same pairs of what is wanted.</param>
internal sealed record SpatialPairs(SpatialLoss Of, Tensor Student, Tensor Teacher);
