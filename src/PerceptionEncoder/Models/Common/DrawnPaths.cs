using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>What DropPath does to the two branches of a block in one pass: factors of 0 or 1 / (1 - rate), one a sample.</summary>
/// <param name="Attention">[B, 1, 1].</param>
/// <param name="Mlp">[B, 1, 1].</param>
internal sealed record DrawnPaths(Tensor Attention, Tensor Mlp);
