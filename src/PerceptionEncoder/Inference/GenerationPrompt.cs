using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>What a language model goes on from.</summary>
/// <param name="Ids">Tokens; each that stands for a part of a picture is the tokenizer's image token.</param>
/// <param name="Pixels">
/// [chunks, 3, H, W], uint8 or float in [-1, 1]: pictures, tiles or frames in the order of their places; null for none. It stays the
/// caller's.
/// </param>
public sealed record GenerationPrompt(IReadOnlyList<int> Ids, Tensor? Pixels = null);
