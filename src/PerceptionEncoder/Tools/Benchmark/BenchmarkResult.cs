using System.Text.Json.Serialization;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What a benchmark measured, in the names its JSON has.</summary>
public sealed record BenchmarkResult
{
    /// <summary>Images over the median time of a step.</summary>
    [JsonPropertyName("images_per_second")]
    public required double ImagesPerSecond { get; init; }

    /// <summary>Operations of the tower's matrix products (<see cref="Models.Clip.FlopCount"/>), 10^9 a second.</summary>
    [JsonPropertyName("gflops")]
    public required double Gflops { get; init; }

    /// <summary>
    /// Best rate of plain matrix products at the tower's own shapes between the steps, in the same form and arithmetic; float32 with the
    /// faster library that is exact. 10^9 a second, and never below the rate of the steps themselves.
    /// </summary>
    [JsonPropertyName("peak_gflops")]
    public required double PeakGflops { get; init; }

    /// <summary>The one over the other; 1 at most.</summary>
    [JsonPropertyName("peak_share")]
    public double PeakShare => Gflops / PeakGflops;

    /// <summary>Median time of a step in seconds.</summary>
    [JsonPropertyName("step_seconds")]
    public required double StepSeconds { get; init; }

    /// <summary>Most memory the process had at any time, in MB of 2^20 bytes.</summary>
    [JsonPropertyName("peak_memory_mb")]
    public required double PeakMemoryMb { get; init; }

    /// <summary>
    /// Most memory of a step beyond what was there before the first, in MB, without the gradients of the parameters: what activations take.
    /// </summary>
    [JsonPropertyName("activation_memory_mb")]
    public required double ActivationMemoryMb { get; init; }

    /// <summary>Memory before the measured steps, in MB.</summary>
    [JsonPropertyName("rss_before_mb")]
    public required double RssBeforeMb { get; init; }

    /// <summary>Memory after them.</summary>
    [JsonPropertyName("rss_after_mb")]
    public required double RssAfterMb { get; init; }

    /// <summary>Live tensors before the measured steps.</summary>
    [JsonPropertyName("live_tensors_before")]
    public required long LiveTensorsBefore { get; init; }

    /// <summary>Live tensors after them: the same number, or something leaks.</summary>
    [JsonPropertyName("live_tensors_after")]
    public required long LiveTensorsAfter { get; init; }

    /// <summary>First touches of fresh memory during the measured steps.</summary>
    [JsonPropertyName("page_faults")]
    public required long PageFaults { get; init; }

    /// <summary>Processor time in the kernel during the measured steps.</summary>
    [JsonPropertyName("system_seconds")]
    public required double SystemSeconds { get; init; }

    /// <summary>Steps measured.</summary>
    [JsonPropertyName("steps")]
    public required int Steps { get; init; }

    /// <summary>Images a step.</summary>
    [JsonPropertyName("batch")]
    public required int Batch { get; init; }

    /// <summary>Side of the images in pixels.</summary>
    [JsonPropertyName("image_size")]
    public required int ImageSize { get; init; }

    /// <summary>Where the tower was: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>Memory of a GPU that is taken after the steps, beyond what was before the model, in MB; null on a CPU.</summary>
    [JsonPropertyName("device_memory_mb")]
    public double? DeviceMemoryMb { get; init; }

    /// <summary>Threads an operator was spread over.</summary>
    [JsonPropertyName("threads")]
    public required int Threads { get; init; }

    /// <summary>What multiplied: the precision, and the library of float32 products.</summary>
    [JsonPropertyName("products")]
    public required string Products { get; init; }

    /// <summary>The library behind the model's float32 products on a CPU, as configs spell it; null on a GPU.</summary>
    [JsonPropertyName("cpu_matmul")]
    public required string? CpuMatmul { get; init; }
}
