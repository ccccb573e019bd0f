using System.Text.Json.Serialization;
using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Models.Language;

/// <summary>A decoder, and the tower and projector that let it see; the decoder alone where there is no tower.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>The vision tower, without pooling and output projection; null for a model of text alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VisionOptions? Vision { get; init; }

    /// <summary>Between tower and decoder.</summary>
    public ProjectorOptions Projector { get; init; } = new();

    /// <summary>The decoder.</summary>
    public DecoderOptions Decoder { get; init; } = new();

    /// <summary>Tokens that a picture of a size takes in the decoder; 0 without a tower.</summary>
    /// <param name="height">In pixels.</param>
    /// <param name="width">In pixels.</param>
    public int VisualTokens(int height, int width)
        => Vision is null ? 0
            : height / Vision.PatchSize / Projector.PoolingRatio * (width / Vision.PatchSize / Projector.PoolingRatio);

    /// <summary>Tokens that a picture of the tower's own size takes in the decoder; 0 without a tower.</summary>
    public int VisualTokens() => Vision is null ? 0 : VisualTokens(Vision.ImageSize, Vision.ImageSize);

    /// <summary>The model with fresh weights.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public LanguageModel Build() => new(this);

    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    internal LanguageModelOptions Validated()
        => FindProblem() is { } problem
            ? throw new UserErrorException($"model.{problem}. Mend the model section of the config.")
            : this;

    /// <summary>Why there is no such model, after the name of its part; null where there can be.</summary>
    internal string? FindProblem()
        => Decoder.FindProblem() is { } decoder ? $"decoder: {decoder}"
        : Projector.FindProblem() is { } projector ? $"projector: {projector}"
        : Vision is null ? null
        : Vision.FindProblem() is { } vision ? $"vision: {vision}"
        : Vision.Pooling != Pooling.None || Vision.OutputDim is not null
            ? "vision: the decoder reads tokens, not one feature. Set pooling: none and output_dim: null"
        : VisualTokens() == 0
            ? $"projector: a picture of {Vision.ImageSize} pixels has no token left at pooling_ratio {Projector.PoolingRatio}"
        : null;
}
