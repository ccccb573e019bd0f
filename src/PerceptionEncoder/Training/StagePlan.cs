using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Training;

/// <summary>A stage placed on the run's axis of steps.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Resolution">Side of the square input, in pixels.</param>
/// <param name="Batch">Samples of one optimiser step, of all ranks together.</param>
/// <param name="MicroBatch">Samples that a rank encodes at a time.</param>
/// <param name="FirstStep">Steps of the run completed before this stage.</param>
/// <param name="Steps">Optimiser steps of this stage.</param>
/// <param name="CooldownRate">Learning rate at the start of a cooldown stage; null for the run's schedule.</param>
/// <param name="Media">Kind of the sources that are drawn from; null for all.</param>
public sealed record StagePlan(
    int Index,
    int Resolution,
    int Batch,
    int MicroBatch,
    long FirstStep,
    long Steps,
    double? CooldownRate = null,
    MediaKind? Media = null)
{
    /// <summary>The stage's own schedule; null under the run's.</summary>
    public StageSchedule? Schedule { get; init; }

    /// <summary>Names of the sources that are drawn from; null for all.</summary>
    public IReadOnlyList<string>? SourceNames { get; init; }

    /// <summary>The sources that are drawn from; null for all.</summary>
    public SourceChoice? Sources => Media is null && SourceNames is null ? null : new SourceChoice(Media, SourceNames);

    /// <summary>Ranks that share a batch.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Samples of a step that one rank has.</summary>
    public int RankBatch => Batch / Ranks;

    /// <summary>Steps of the run completed when this stage is.</summary>
    public long End => FirstStep + Steps;

    /// <summary>Micro-batches of one step of one rank.</summary>
    public int MicroBatches => RankBatch / MicroBatch;

    /// <summary>
    /// The learning rate of a step: that of the run's schedule over all stages but the cooldown, the cooldown's own, or the stage's own.
    /// </summary>
    /// <param name="stages">End to end.</param>
    /// <param name="step">Steps completed before it.</param>
    /// <param name="schedule">Rate by step and steps of the run's schedule.</param>
    /// <param name="own">Rate by step and steps of a stage's schedule.</param>
    public static double LearningRate(
        IReadOnlyList<StagePlan> stages,
        long step,
        Func<long, long, double> schedule,
        Func<long, long, StageSchedule, double>? own = null)
    {
        var stage = stages.FirstOrDefault(stage => step < stage.End) ?? stages[^1];
        return stage.Schedule is { } ofStage && own is not null ? own(step - stage.FirstStep, stage.Steps, ofStage)
            : stage.CooldownRate is { } rate
            ? rate * (1 - ((step - stage.FirstStep) / (double)stage.Steps))
            : schedule(step - Cooldown(stages.Take(stage.Index)), stages[^1].End - Cooldown(stages));
    }

    /// <summary>Lays stages end to end.</summary>
    /// <param name="stages">As in the config.</param>
    /// <param name="ranks">That share each batch.</param>
    /// <exception cref="UserErrorException">A batch cannot be dealt to so many ranks.</exception>
    public static IReadOnlyList<StagePlan> Lay(IReadOnlyList<StageOptions> stages, int ranks = 1)
    {
        var plan = new List<StagePlan>();
        long first = 0;
        foreach (var stage in stages)
        {
            var steps = stage.Steps ?? (stage.Samples!.Value + stage.Batch - 1) / stage.Batch;
            if (stage.Batch % ranks != 0)
            {
                throw new UserErrorException(stage.Batch < ranks
                    ? $"stages[{plan.Count}].batch: {stage.Batch} samples are fewer than the {ranks} ranks that share them. Choose a "
                        + $"multiple of {ranks}, or start at most {stage.Batch} ranks."
                    : $"stages[{plan.Count}].batch: {stage.Batch} samples cannot be dealt evenly to {ranks} ranks. Choose a multiple of "
                        + $"{ranks}.");
            }

            var micro = stage.MicroBatch ?? (stage.Batch / ranks);
            if (stage.Batch / ranks % micro != 0)
            {
                throw new UserErrorException($"stages[{plan.Count}].batch: {stage.Batch} cannot be dealt to {ranks} ranks in micro-batches "
                    + $"of {micro}. Choose a multiple of {ranks * (long)micro}, or another micro_batch.");
            }

            plan.Add(new StagePlan(plan.Count, stage.Resolution, stage.Batch, micro, first, steps, stage.CooldownRate, stage.Media)
            {
                Ranks = ranks,
                Schedule = stage.Schedule,
                SourceNames = stage.Sources,
            });
            first += steps;
        }

        return plan;
    }

    private static long Cooldown(IEnumerable<StagePlan> stages)
        => stages.Where(stage => stage.CooldownRate is not null).Sum(stage => stage.Steps);
}
