using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Optimization;

/// <summary>The learning rate over a run: linear warm-up, then decay. One schedule spans all stages.</summary>
public sealed record ScheduleOptions
{
    /// <summary>Shape of the decay.</summary>
    public ScheduleKind Type { get; init; } = ScheduleKind.Cosine;

    /// <summary>Steps in which the rate rises from 0 to its peak. 2,000 [T18, T19, T20].</summary>
    [Range(0L, long.MaxValue)]
    public long WarmupSteps { get; init; } = 2000;

    /// <summary>The last rate as a share of the peak.</summary>
    [Range(0, 1)]
    public double FinalShare { get; init; }

    /// <summary>The rate of a step.</summary>
    /// <param name="step">Steps completed before it.</param>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="peak">The peak rate.</param>
    public double LearningRate(long step, long totalSteps, double peak)
    {
        if (step < WarmupSteps)
        {
            return peak * (step + 1) / WarmupSteps;
        }

        var progress = Math.Min(1, (step - WarmupSteps) / (double)Math.Max(1, totalSteps - WarmupSteps));
        var share = Type switch
        {
            ScheduleKind.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            ScheduleKind.Linear => 1 - progress,
            _ => 1,
        };
        return peak * (FinalShare + ((1 - FinalShare) * share));
    }
}
