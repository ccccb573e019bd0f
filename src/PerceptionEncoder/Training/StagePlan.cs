namespace PerceptionEncoder.Training;

/// <summary>A stage placed on the run's axis of steps.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Resolution">Side of the square input, in pixels.</param>
/// <param name="Batch">Samples of one optimiser step.</param>
/// <param name="MicroBatch">Samples encoded at a time.</param>
/// <param name="FirstStep">Steps of the run completed before this stage.</param>
/// <param name="Steps">Optimiser steps of this stage.</param>
public sealed record StagePlan(int Index, int Resolution, int Batch, int MicroBatch, long FirstStep, long Steps)
{
    /// <summary>Steps of the run completed when this stage is.</summary>
    public long End => FirstStep + Steps;

    /// <summary>Micro-batches of one step.</summary>
    public int MicroBatches => Batch / MicroBatch;

    /// <summary>Lays stages end to end.</summary>
    public static IReadOnlyList<StagePlan> Lay(IReadOnlyList<StageOptions> stages)
    {
        var plan = new List<StagePlan>();
        long first = 0;
        foreach (var stage in stages)
        {
            var steps = stage.Steps ?? (stage.Samples!.Value + stage.Batch - 1) / stage.Batch;
            plan.Add(new StagePlan(plan.Count, stage.Resolution, stage.Batch, stage.MicroBatch ?? stage.Batch, first, steps));
            first += steps;
        }

        return plan;
    }
}
