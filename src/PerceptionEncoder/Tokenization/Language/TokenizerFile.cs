namespace PerceptionEncoder.Tokenization.Language;

/// <summary>A file of a tokenizer as it was read, to be stored beside a checkpoint.</summary>
/// <param name="Name">Within its folder.</param>
/// <param name="Bytes">All of it.</param>
internal sealed record TokenizerFile(string Name, byte[] Bytes);
