using PerceptionEncoder.Models.Language;

namespace PerceptionEncoder.Recipes;

/// <summary>Encoder, projector and decoder of language alignment [4.1].</summary>
public sealed record AlignedModelOptions
{
    /// <summary>The vision tower.</summary>
    public required AlignedEncoderOptions Encoder { get; init; }

    /// <summary>Two layers with GELU, or one [B.2: two are better].</summary>
    public ProjectorKind Projector { get; init; } = ProjectorKind.Mlp;

    /// <summary>The language model.</summary>
    public required AlignedDecoderOptions Decoder { get; init; }

    /// <summary>
    /// Shows grey in the place of every picture, in training and evaluation: the control that can do no better than guess, unless
    /// questions give their answers away.
    /// </summary>
    public bool Blind { get; init; }
}
