using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>What a rank has made of a block of inputs.</summary>
/// <param name="Features">[rows, ...] on the CPU; [0] where no input of the block can be used. Whoever gets it disposes it.</param>
/// <param name="Note">What goes with them; travels as JSON.</param>
internal sealed record RankPiece<T>(Tensor Features, T Note);
