namespace PerceptionEncoder.Tokenization;

/// <summary>Kinds of tokenizer a config can name.</summary>
public enum TokenizerType
{
    /// <summary>CLIP's byte-level byte-pair encoding: published vocabulary files, or ones from <see cref="BpeTrainer"/>.</summary>
    Clip,
}
