using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Models.Language;

/// <summary>Shape of a decoder of the Llama kind. Defaults are those of Llama 3.2 1B.</summary>
public sealed record DecoderOptions
{
    private const int MaximumWidth = 1 << 16;
    private const int MaximumLayers = 1024;
    private const int MaximumVocabulary = 1 << 22;
    private const int MaximumContext = 1 << 24;

    /// <summary>Ids that the model knows.</summary>
    [Range(2, MaximumVocabulary)]
    public int VocabularySize { get; init; } = 128256;

    /// <summary>Channels of a token.</summary>
    [Range(1, MaximumWidth)]
    public int Width { get; init; } = 2048;

    /// <summary>Residual blocks.</summary>
    [Range(1, MaximumLayers)]
    public int Layers { get; init; } = 16;

    /// <summary>Query heads of a block.</summary>
    [Range(1, MaximumWidth)]
    public int Heads { get; init; } = 32;

    /// <summary>Key and value heads of a block, each of which serves several query heads.</summary>
    [Range(1, MaximumWidth)]
    public int KeyValueHeads { get; init; } = 8;

    /// <summary>Channels of a head; null for <see cref="Width"/> over <see cref="Heads"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Range(2, MaximumWidth)]
    public int? HeadDim { get; init; }

    /// <summary>Hidden width of a block's gated MLP.</summary>
    [Range(1, 64 * MaximumWidth)]
    public int FeedForwardWidth { get; init; } = 8192;

    /// <summary>Tokens of the longest sequence that the model is for.</summary>
    [Range(1, MaximumContext)]
    public int ContextLength { get; init; } = 131072;

    /// <summary>Base of the rotary wave lengths.</summary>
    [Range(0, 1e12, MinimumIsExclusive = true)]
    public double RopeTheta { get; init; } = 500_000;

    /// <summary>Stretching of the rotary positions; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RopeScalingOptions? RopeScaling { get; init; }

    /// <summary>Added to the mean square in each norm.</summary>
    [Range(0, 1)]
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The output layer is the table of embeddings.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>Queries, keys and values have biases, as in Qwen 2.5.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Channels of a head.</summary>
    [JsonIgnore]
    public int HeadSize => HeadDim ?? (Width / Heads);

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (HeadDim is null && Width % Heads != 0)
        {
            yield return ("heads", $"width {Width} is not a multiple of heads {Heads}, and head_dim is not given");
        }
        else if (HeadSize % 2 != 0)
        {
            yield return ("head_dim", $"rotary positions need an even head_dim, and it is {HeadSize}");
        }

        if (Heads % KeyValueHeads != 0)
        {
            yield return ("key_value_heads", $"heads {Heads} is not a multiple of key_value_heads {KeyValueHeads}");
        }

        if (RopeScaling is { } scaling && scaling.HighFrequencyFactor <= scaling.LowFrequencyFactor)
        {
            yield return ("rope_scaling", "high_frequency_factor must be more than low_frequency_factor");
        }
    }

    /// <exception cref="UserErrorException">No decoder has this shape.</exception>
    internal void Validate()
    {
        if (FindProblem() is { } problem)
        {
            throw new UserErrorException($"model.decoder: {problem}. Mend the model section of the config.");
        }
    }

    /// <summary>Why no decoder has this shape; null where one can.</summary>
    internal string? FindProblem()
        => Width is <= 0 or > MaximumWidth ? $"width {Width} is not in 1 to {MaximumWidth}"
        : Layers is <= 0 or > MaximumLayers ? $"layers {Layers} is not in 1 to {MaximumLayers}"
        : VocabularySize is < 2 or > MaximumVocabulary ? $"vocabulary_size {VocabularySize} is not in 2 to {MaximumVocabulary}"
        : Heads is <= 0 or > MaximumWidth || KeyValueHeads is <= 0 or > MaximumWidth ? "heads and key_value_heads must be positive"
        : HeadDim is <= 0 or > MaximumWidth ? $"head_dim {HeadDim} is not in 1 to {MaximumWidth}"
        : FeedForwardWidth is <= 0 or > 64 * MaximumWidth ? $"feed_forward_width {FeedForwardWidth} is not in 1 to {64 * MaximumWidth}"
        : ContextLength is <= 0 or > MaximumContext ? $"context_length {ContextLength} is not in 1 to {MaximumContext}"
        : RopeTheta is not (> 0 and <= 1e12) ? $"rope_theta {RopeTheta} must be positive"
        : NormEps is not (>= 0 and <= 1) ? $"norm_eps {NormEps} is not in 0 to 1"
        : RopeScaling is { } scaling
            && (!(scaling.Factor >= 1) || !(scaling.LowFrequencyFactor > 0) || !(scaling.HighFrequencyFactor > 0)
                || scaling.OriginalContext <= 0)
            ? "rope_scaling: factor must be 1 or more, the frequency factors and original_context positive"
        : Problems().Select(rule => rule.Problem).FirstOrDefault();
}
