using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Tokenization;

/// <summary>The <c>tokenizer</c> section of a config.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Which tokenizer. Perception Encoder uses CLIP's [App. B.1.1].</summary>
    public TokenizerType Type { get; init; } = TokenizerType.Clip;

    /// <summary>
    /// Path that <see cref="ClipTokenizer.Load"/> reads; null where the recipe learns a vocabulary or finds one with the checkpoint.
    /// </summary>
    public string? Vocabulary { get; init; }

    /// <summary>
    /// Tokens a caption is cut or padded to, start and end included: 32 for the B and L models, 72 for G [App. B.1.1, Tab. 17].
    /// </summary>
    [Range(1, int.MaxValue)]
    public int Context { get; init; } = 32;
}
