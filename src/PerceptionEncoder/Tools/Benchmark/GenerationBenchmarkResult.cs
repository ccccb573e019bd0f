namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What was measured of a decoder.</summary>
public sealed record GenerationBenchmarkResult
{
    /// <summary>Trainable numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>New tokens of all rows, by the median.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Weights and cache read for these tokens.</summary>
    public required double ReadGigabytesPerSecond { get; init; }

    /// <summary>What this machine reads at its best.</summary>
    public required double MemoryGigabytesPerSecond { get; init; }

    /// <summary>Share of the memory's rate that the new tokens reach.</summary>
    public double MemoryShare => ReadGigabytesPerSecond / MemoryGigabytesPerSecond;

    /// <summary>Tokens of prompts.</summary>
    public required double PrefillTokensPerSecond { get; init; }

    /// <summary>10^9 operations a second while prompts are read.</summary>
    public required double PrefillGflops { get; init; }

    /// <summary>Share of the best rate of matrix products while prompts are read.</summary>
    public double PrefillShare => PrefillGflops / Math.Max(PeakGflops, PrefillGflops);

    /// <summary>Tokens of training steps; null where they were not measured.</summary>
    public required double? TrainTokensPerSecond { get; init; }

    /// <summary>10^9 operations a second in training steps.</summary>
    public required double? TrainGflops { get; init; }

    /// <summary>Share of the best rate of matrix products in training steps.</summary>
    public double? TrainShare => TrainGflops is { } rate ? rate / Math.Max(PeakGflops, rate) : null;

    /// <summary>Packing against padding; null where no training step was measured, or one row alone.</summary>
    public required PackingBenchmarkResult? Packing { get; init; }

    /// <summary>The best rate of plain matrix products of a block's shapes, 10^9 operations a second.</summary>
    public required double PeakGflops { get; init; }

    /// <summary>Memory of the cache.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>What the formula says it is: 2 x layers x rows x tokens x key and value heads x head size x bytes of a number.</summary>
    public required long CacheFormulaBytes { get; init; }

    /// <summary>Torch threads.</summary>
    public required int Threads { get; init; }

    /// <summary>What multiplied.</summary>
    public required string Products { get; init; }

    /// <summary>Where.</summary>
    public required string Device { get; init; }
}
