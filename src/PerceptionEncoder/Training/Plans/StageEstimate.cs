namespace PerceptionEncoder.Training.Plans;

/// <summary>What a stage costs on a cluster.</summary>
public sealed record StageEstimate
{
    /// <summary>Which stage, from 0.</summary>
    public required int Stage { get; init; }

    /// <summary>Side of the square input, in pixels.</summary>
    public required int Resolution { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples of a step.</summary>
    public required int Batch { get; init; }

    /// <summary>What a sample is called.</summary>
    public string Sample { get; init; } = "pair";

    /// <summary>Whether samples are encoded twice, the first time without a graph.</summary>
    public bool IsCached { get; init; }

    /// <summary>Samples of a step that one rank has.</summary>
    public required int RankBatch { get; init; }

    /// <summary>Samples that a rank encodes at a time.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Operations of a sample, forward and backward.</summary>
    public required double FlopsPerPair { get; init; }

    /// <summary>What a rank holds.</summary>
    public required MemoryEstimate Memory { get; init; }

    /// <summary>Bytes of a rank's moments, were they sharded over the ranks.</summary>
    public required double MomentsSharded { get; init; }

    /// <summary>Bytes of a rank's moments, were they not.</summary>
    public required double MomentsWhole { get; init; }

    /// <summary>Bytes of activations, were every block computed again.</summary>
    public required double ActivationsRecomputed { get; init; }

    /// <summary>Bytes of activations, were none.</summary>
    public required double ActivationsKept { get; init; }

    /// <summary>Bytes that a rank sends in a step.</summary>
    public required StepTraffic Traffic { get; init; }

    /// <summary>Seconds of a step.</summary>
    public required StepTime Time { get; init; }

    /// <summary>Hours of the stage.</summary>
    public required double Hours { get; init; }

    /// <summary>Money for the stage; null where it is not known.</summary>
    public double? Cost { get; init; }

    /// <summary>Whether a rank has the memory.</summary>
    public required bool Fits { get; init; }

    /// <summary>What to set where it does not; null where it fits.</summary>
    public string? Remedy { get; init; }
}
