using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Where the tokens of each row stand.</summary>
/// <param name="Positions">int64 [B, L]: each token's place in its own sequence, from 0.</param>
/// <param name="Segments">
/// int64 [B, L]: which of the sequences packed into the row a token is of; it sees earlier tokens of the same alone. -1 is padding. Null
/// where each row is one sequence.
/// </param>
public sealed record SequencePlaces(Tensor Positions, Tensor? Segments = null);
