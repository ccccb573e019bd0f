using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Models.Language;

/// <summary>
/// How Llama 3 stretches rotary positions for contexts longer than those it was first trained on: waves too long to have turned round in
/// the original context turn slower by a factor, short ones stay, and those between are mixed.
/// </summary>
public sealed record RopeScalingOptions
{
    /// <summary>How much slower the long waves turn: 8 in Llama 3.1, 32 in 3.2.</summary>
    [Range(1, 1e6)]
    public double Factor { get; init; } = 32;

    /// <summary>Waves that turn fewer times than this in the original context are long.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Waves that turn more often than this in the original context are short.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>The context the model was first trained on, in tokens.</summary>
    [Range(1, int.MaxValue)]
    public int OriginalContext { get; init; } = 8192;
}
