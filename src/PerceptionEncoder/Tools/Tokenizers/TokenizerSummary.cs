namespace PerceptionEncoder.Tools.Tokenizers;

/// <summary>What a tokenizer was learned from.</summary>
/// <param name="VocabularySize">Ids reached.</param>
/// <param name="Captions">Captions read.</param>
/// <param name="LongestCaption">Tokens of the longest, start and end included: the context that cuts nothing.</param>
public sealed record TokenizerSummary(int VocabularySize, int Captions, int LongestCaption);
