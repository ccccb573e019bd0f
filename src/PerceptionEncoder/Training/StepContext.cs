using PerceptionEncoder.Distributed;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>What an objective may know about the step it is in.</summary>
/// <param name="Step">Steps completed before this one.</param>
/// <param name="Seed">What everything random in this step is seeded from.</param>
/// <param name="Device">Where the model is.</param>
/// <param name="Precision">Arithmetic of matrix products; parameters stay float32.</param>
public sealed record StepContext(long Step, long Seed, Device Device, Precision Precision)
{
    /// <summary>The ranks that make the step together: a loss over the whole batch gathers its features.</summary>
    public World World { get; init; } = World.Single;

    /// <summary>Sums gradients over ranks while the last backward pass goes on; null in a world of one.</summary>
    internal GradientReduction? Reduction { get; init; }

    /// <summary>Seeds everything random in one of this rank's micro-batches; no two of the step's share a seed.</summary>
    public long SeedOf(int microBatch) => Seed + ((long)microBatch * World.Size) + World.Rank;
}
