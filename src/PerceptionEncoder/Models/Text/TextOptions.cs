namespace PerceptionEncoder.Models.Text;

/// <summary>Shape of a text tower [App. B.1.1, Tab. 17].</summary>
public sealed record TextOptions
{
    /// <summary>Tokens of a caption, start and end included.</summary>
    public int ContextLength { get; init; } = 32;

    /// <summary>Ids of the tokenizer.</summary>
    public int VocabularySize { get; init; } = 49408;

    /// <summary>Channels of a token.</summary>
    public int Width { get; init; } = 1024;

    /// <summary>Residual blocks.</summary>
    public int Layers { get; init; } = 24;

    /// <summary>Attention heads of a block.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Hidden width of a block's MLP over <see cref="Width"/>; the product is truncated.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Channels after the text projection: the CLIP dimension.</summary>
    public int OutputDim { get; init; } = 1024;
}
