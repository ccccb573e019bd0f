using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Training;

/// <summary>
/// An exponential moving average of the weights: evaluations measure it, and each checkpoint has it as <c>ema.safetensors</c>.
/// </summary>
public sealed record EmaOptions
{
    /// <summary>What is kept of the average at each step; early on less: at most (1 + step) / (10 + step).</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.9999;
}
