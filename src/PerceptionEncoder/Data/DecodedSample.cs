namespace PerceptionEncoder.Data;

/// <summary>A sample ready for batching.</summary>
/// <param name="Key">Key of the <see cref="Sample"/>.</param>
/// <param name="Pixels">[3, height, width] RGB, or [frames, 3, height, width]; 8 bits, augmented and resized.</param>
/// <param name="Tokens">[context] ids, padded with zeros.</param>
public sealed record DecodedSample(string Key, byte[] Pixels, int[] Tokens);
