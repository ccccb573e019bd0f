namespace PerceptionEncoder.Models.Language;

/// <summary>What turns features of the vision tower into tokens of the decoder.</summary>
public enum ProjectorKind
{
    /// <summary>Two linear layers with an exact GELU between them, as published.</summary>
    Mlp,

    /// <summary>One linear layer.</summary>
    Linear,
}
