using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Training;

/// <summary>A stage placed on the run's axis of steps.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Resolution">Side of the square input, in pixels.</param>
/// <param name="Batch">Samples of one optimiser step.</param>
/// <param name="MicroBatch">Samples encoded at a time.</param>
/// <param name="FirstStep">Steps of the run completed before this stage.</param>
/// <param name="Steps">Optimiser steps of this stage.</param>
/// <param name="CooldownRate">Learning rate at the start of a cooldown stage; null for the run's schedule.</param>
/// <param name="Media">Kind of the sources that are drawn from; null for all.</param>
public sealed record StagePlan(int Index, int Resolution, int Batch, int MicroBatch, long FirstStep, long Steps, double? CooldownRate = null, SampleMedia? Media = null)
{
    /// <summary>Steps of the run completed when this stage is.</summary>
    public long End => FirstStep + Steps;

    /// <summary>Micro-batches of one step.</summary>
    public int MicroBatches => Batch / MicroBatch;

    /// <summary>The learning rate of a step: that of the run's schedule over all stages but the cooldown, or the cooldown's own.</summary>
    /// <param name="stages">End to end.</param>
    /// <param name="step">Steps completed before it.</param>
    /// <param name="schedule">Rate by step and steps of the schedule.</param>
    public static double LearningRate(IReadOnlyList<StagePlan> stages, long step, Func<long, long, double> schedule)
    {
        var stage = stages.FirstOrDefault(stage => step < stage.End) ?? stages[^1];
        return stage.CooldownRate is { } rate
            ? rate * (1 - ((step - stage.FirstStep) / (double)stage.Steps))
            : schedule(step - Cooldown(stages.Take(stage.Index)), stages[^1].End - Cooldown(stages));
    }

    /// <summary>Lays stages end to end.</summary>
    public static IReadOnlyList<StagePlan> Lay(IReadOnlyList<StageOptions> stages)
    {
        var plan = new List<StagePlan>();
        long first = 0;
        foreach (var stage in stages)
        {
            var steps = stage.Steps ?? (stage.Samples!.Value + stage.Batch - 1) / stage.Batch;
            plan.Add(new StagePlan(plan.Count, stage.Resolution, stage.Batch, stage.MicroBatch ?? stage.Batch, first, steps, stage.CooldownRate, stage.Media));
            first += steps;
        }

        return plan;
    }

    private static long Cooldown(IEnumerable<StagePlan> stages) => stages.Where(stage => stage.CooldownRate is not null).Sum(stage => stage.Steps);
}
