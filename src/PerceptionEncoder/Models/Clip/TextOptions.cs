using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Shape of a text tower [App. B.1.1, Tab. 17].</summary>
public sealed record TextOptions
{
    private const int MaximumContext = 1 << 16;
    private const int MaximumVocabulary = 1 << 24;

    /// <summary>Tokens of a caption, start and end included.</summary>
    [Range(1, MaximumContext)]
    public int ContextLength { get; init; } = 32;

    /// <summary>Ids of the tokenizer.</summary>
    [Range(1, MaximumVocabulary)]
    public int VocabularySize { get; init; } = 49408;

    /// <summary>Channels of a token.</summary>
    [Range(1, VisionOptions.MaximumWidth)]
    public int Width { get; init; } = 1024;

    /// <summary>Residual blocks.</summary>
    [Range(1, VisionOptions.MaximumLayers)]
    public int Layers { get; init; } = 24;

    /// <summary>Attention heads of a block.</summary>
    [Range(1, int.MaxValue)]
    public int Heads { get; init; } = 16;

    /// <summary>Hidden width of a block's MLP over <see cref="Width"/>; the product is truncated.</summary>
    [Range(0, VisionOptions.MaximumMlpRatio, MinimumIsExclusive = true)]
    public double MlpRatio { get; init; } = 4;

    /// <summary>Channels after the text projection: the CLIP dimension.</summary>
    [Range(1, VisionOptions.MaximumWidth)]
    public int OutputDim { get; init; } = 1024;

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Width % Heads != 0)
        {
            yield return ("heads", $"width {Width} is not a multiple of heads {Heads}");
        }

        if (MlpRatio * Width < 1)
        {
            yield return ("mlp_ratio", $"leaves no hidden channel of a width of {Width}");
        }
    }

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal void Validate()
    {
        if (FindProblem() is { } problem)
        {
            throw new UserErrorException($"model.text: {problem}. Mend the model section of the config.");
        }
    }

    /// <summary>As that of <see cref="VisionOptions"/>.</summary>
    internal string? FindProblem()
        => Width <= 0 || Layers <= 0 || Heads <= 0 || OutputDim <= 0 ? "width, layers, heads and output_dim must be positive"
        : ContextLength <= 0 || VocabularySize <= 0 ? "context_length and vocabulary_size must be positive"
        : Width > VisionOptions.MaximumWidth ? $"width {Width} is more than {VisionOptions.MaximumWidth}"
        : Layers > VisionOptions.MaximumLayers ? $"layers {Layers} is more than {VisionOptions.MaximumLayers}"
        : OutputDim > VisionOptions.MaximumWidth ? $"output_dim {OutputDim} is more than {VisionOptions.MaximumWidth}"
        : ContextLength > MaximumContext ? $"context_length {ContextLength} is more than {MaximumContext}"
        : VocabularySize > MaximumVocabulary ? $"vocabulary_size {VocabularySize} is more than {MaximumVocabulary}"
        : MlpRatio is not (> 0 and <= VisionOptions.MaximumMlpRatio)
            ? $"mlp_ratio {MlpRatio} must be positive, and at most {VisionOptions.MaximumMlpRatio}"
        : Problems().Select(rule => rule.Problem).FirstOrDefault();
}
