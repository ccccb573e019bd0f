using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>What the attention of all blocks needs to know of one pass.</summary>
/// <param name="Rotations">[B, L, h / 2] complex64.</param>
/// <param name="Mask">[1 or B, 1, 1, L, S], added to the scores; null for plainly causal.</param>
/// <param name="Cache">Keys and values of earlier tokens, or null.</param>
/// <param name="Layer">The block.</param>
internal sealed record AttentionPass(Tensor Rotations, Tensor? Mask, KeyValueCache? Cache, int Layer = 0);
