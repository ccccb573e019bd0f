namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>What there is to know about a converted checkpoint.</summary>
/// <param name="LeftOut">Published names of tensors that the layout has no place for.</param>
/// <param name="Origin">What of the input was read, where it holds more than the model.</param>
/// <param name="Note">What one must know to use the file in the layout's own software; null where there is nothing.</param>
public sealed record ConvertedCheckpoint(IReadOnlyList<string> LeftOut, string? Origin, string? Note);
