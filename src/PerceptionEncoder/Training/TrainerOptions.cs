using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>The plan of a run and what happens when.</summary>
internal sealed record TrainerOptions
{
    /// <summary>Stages end to end.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>Seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The ranks that train together.</summary>
    public World World { get; init; } = World.Single;

    /// <summary>Where the model is.</summary>
    public required Device Device { get; init; }

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; }

    /// <summary>What a sample is called.</summary>
    public string Sample { get; init; } = "image";

    /// <summary>Learning rate by steps completed.</summary>
    public required Func<long, double> LearningRate { get; init; }

    /// <summary>Steps between two lines of metrics.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Steps between evaluations; null for at the end only.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public required long CheckpointEvery { get; init; }

    /// <summary>The metric whose best checkpoint stays, as SET/METRIC, or null.</summary>
    public string? BestMetric { get; init; }

    /// <summary>When a diverging run is stopped.</summary>
    public DivergenceOptions Divergence { get; init; } = new();

    /// <summary>Steps of the run.</summary>
    public long TotalSteps => Stages[^1].End;

    /// <summary>Work left after <paramref name="step"/>, in samples of the current stage: a sample's cost goes with its pixels.</summary>
    public double RemainingCost(long step, StagePlan current)
        => Stages.Sum(stage => Math.Max(0, stage.End - Math.Max(step, stage.FirstStep)) * (double)stage.Batch * stage.Resolution
            * stage.Resolution / ((double)current.Resolution * current.Resolution));
}
