using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;

namespace PerceptionEncoder.Training;

/// <summary>All of a run's state beside weights and optimiser moments: <c>state.json</c> of a checkpoint.</summary>
/// <remarks>The random state is not here: every step seeds torch from (seed, step), so that any step can be replayed.</remarks>
public sealed record TrainingState
{
    /// <summary>Optimiser steps completed.</summary>
    public long Step { get; init; }

    /// <summary>Samples trained on.</summary>
    public long Samples { get; init; }

    /// <summary>Index of the stage the last completed step belongs to: the weights have its position grid.</summary>
    public int Stage { get; init; }

    /// <summary>Steps completed at the last evaluation.</summary>
    public long EvaluatedStep { get; init; }

    /// <summary>How the loss has gone; null before the first step.</summary>
    public LossTrend? LossTrend { get; init; }

    /// <summary>The best value so far of the metric that <see cref="CheckpointOptions.Best"/> names; null before the first.</summary>
    public double? BestValue { get; init; }

    /// <summary>Steps completed when it was measured.</summary>
    public long? BestStep { get; init; }

    /// <summary>Where reading continues.</summary>
    public DataPosition Position { get; init; } = DataPosition.Start;

    /// <summary>Samples skipped so far, by reason.</summary>
    public IReadOnlyDictionary<string, long> BadSamples { get; init; } = new Dictionary<string, long>();

    /// <summary>Wall-clock seconds of training, evaluation and checkpoints included, over all parts of the run.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>What a checkpoint holds, whatever the number of ranks: each has its own samples. All ranks call it.</summary>
    internal TrainingState OfAllRanks(World world) => this with
    {
        Position = DataPosition.Merge(world.Gather(Position)),
        BadSamples = world.Gather(BadSamples).SelectMany(rank => rank)
            .GroupBy(reason => reason.Key, reason => reason.Value)
            .ToDictionary(reason => reason.Key, reason => reason.Sum()),
    };
}
