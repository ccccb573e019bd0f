using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What to measure.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Training step or forward pass.</summary>
    public BenchmarkMode Mode { get; init; } = BenchmarkMode.Train;

    /// <summary>A name of <see cref="ModelPresets"/>.</summary>
    public string Preset { get; init; } = "PE-Core-B16-224";

    /// <summary>Any other tower, in place of the preset's.</summary>
    public VisionOptions? Vision { get; init; }

    /// <summary>Side of the square images in pixels; null for the tower's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Arithmetic of matrix products, of the model and of the peak it is compared with.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Every so many-th block is computed again in the backward pass instead of kept: 1 for all, 0 for none.</summary>
    public int RecomputeEvery { get; init; }

    /// <summary>Steps measured, after two that are not.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>
    /// Where the tower is, and the library behind its float32 products; the peak is always that of the faster one that is exact.
    /// </summary>
    public ComputeOptions Compute { get; init; } = new() { Device = DeviceKind.Cpu };
}
