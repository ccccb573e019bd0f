namespace PerceptionEncoder.Training.Plans;

/// <summary>What a step of a stage asks of one of the ranks that share it, from the config alone.</summary>
public sealed record StageDemand
{
    /// <summary>Which stage, from 0.</summary>
    public required int Stage { get; init; }

    /// <summary>Side of the square input, in pixels.</summary>
    public required int Resolution { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples of a step, of all ranks together.</summary>
    public required int Batch { get; init; }

    /// <summary>Samples that a rank encodes at a time.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Ranks that share a batch.</summary>
    public required int Ranks { get; init; }

    /// <summary>Operations of a sample, forward and backward.</summary>
    public required double FlopsPerPair { get; init; }

    /// <summary>Every so many-th block is computed again in the backward pass; 0 for none.</summary>
    public int RecomputeEvery { get; init; }

    /// <summary>Numbers in all parameters, frozen ones included.</summary>
    public required long Parameters { get; init; }

    /// <summary>The tensors that are trained.</summary>
    public required IReadOnlyList<(string Name, long Elements)> Trained { get; init; }

    /// <summary>Numbers in those of them whose gradients are whole before the backward pass ends: the blocks'.</summary>
    public required long EarlyNumbers { get; init; }

    /// <summary>
    /// Bytes that a micro-batch leaves for its backward pass, from its size and <see cref="RecomputeEvery"/>.
    /// </summary>
    public required Func<int, int, double> Activations { get; init; }

    /// <summary>Bytes of a sample that waits on the device to be encoded a second time; 0 where it is read twice.</summary>
    public double WaitingBytes { get; init; }

    /// <summary>Channels of a feature.</summary>
    public required int FeatureDimension { get; init; }

    /// <summary>Largest side of a matrix of similarities.</summary>
    public required int LossTile { get; init; }

    /// <summary>Whether products are of bf16, with copies of the weights for them.</summary>
    public bool IsNarrow { get; init; }

    /// <summary>Whether a moving average of the weights is kept.</summary>
    public bool HasAverage { get; init; }

    /// <summary>Whether each rank keeps the moments of its share of the tensors alone (ZeRO-1).</summary>
    public bool ShardsOptimizer { get; init; }

    /// <summary>Bytes of gradients that are reduced at a time.</summary>
    public long BucketBytes { get; init; }

    /// <summary>Bytes of a number while gradients are reduced: 4, or 2 in bf16.</summary>
    public int ReducedBytes { get; init; } = sizeof(float);

    /// <summary>Whether each rank computes both directions of the loss for its own pairs: no gradients of features travel.</summary>
    public bool IsLossLocal { get; init; }

    /// <summary>Numbers in all that is trained.</summary>
    public double TrainedNumbers => Trained.Sum(tensor => tensor.Elements);

    /// <summary>Samples of a step that one rank has.</summary>
    public int RankBatch => Batch / Ranks;

    /// <summary>What a sample is called.</summary>
    public string Sample { get; init; } = "pair";

    /// <summary>Whether the loss is a sum over samples, so that micro-batches are encoded once, one behind the other.</summary>
    public bool IsAccumulated { get; init; }

    /// <summary>Whether samples are encoded twice, the first time without a graph.</summary>
    public bool IsCached => !IsAccumulated && MicroBatch < RankBatch;
}
