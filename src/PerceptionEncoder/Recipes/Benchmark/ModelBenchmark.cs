using System.Diagnostics;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes.Benchmark;

/// <summary>
/// Repeats a forward pass or a training step of a vision tower on random images and compares its rate with what plain matrix products of the same
/// shapes reach in the same run, measured before and after, the better of the two. A training step is forward and backward to the gradient of every
/// parameter; loss and optimiser are not in it.
/// </summary>
public static class ModelBenchmark
{
    private const int WarmUp = 2;
    private const double Megabyte = 1 << 20;

    /// <summary>Measures on the CPU.</summary>
    /// <exception cref="UserErrorException">Unknown preset, contradicting options, or a count below one.</exception>
    public static BenchmarkResult Run(BenchmarkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Batch < 1 || options.Steps < 1)
        {
            throw new UserErrorException($"bench: batch {options.Batch} and steps {options.Steps} must be at least 1.");
        }

        var vision = options.Vision ?? ModelPresets.Find(options.Preset).Vision;
        var type = options.Precision == Precision.Bf16 ? bfloat16 : float32;
        if (options.Threads is { } threads)
        {
            TorchRuntime.Threads = threads;
        }

        var backend = MatmulBackend.Use(options.CpuMatmul);
        using var scope = NewDisposeScope();
        using var model = new VisionTransformer(vision);
        model.RecomputeEvery = options.RecomputeEvery;
        model.train(options.Mode == BenchmarkMode.Train);
        var images = randn(options.Batch, 3, vision.ImageSize, vision.ImageSize);

        // As recipes do: encoders share casts of weights from batch to batch, training steps cannot.
        using var casts = options.Mode == BenchmarkMode.Encode ? Autocast.KeepCasts() : null;
        var peak = MatmulPeak.Measure(vision, options.Batch, type);
        ProcessUsage.ResetPeak();
        var resting = ProcessUsage.Read().ResidentBytes;
        for (var step = 0; step < WarmUp; step++)
        {
            Step(model, images, options.Mode, type);
        }

        var (tensorsBefore, before) = (Tensor.TotalCount, ProcessUsage.Read());
        var seconds = new double[options.Steps];
        for (var step = 0; step < options.Steps; step++)
        {
            var start = Stopwatch.GetTimestamp();
            Step(model, images, options.Mode, type);
            seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        var (tensorsAfter, after) = (Tensor.TotalCount, ProcessUsage.Read());
        peak = Math.Max(peak, MatmulPeak.Measure(vision, options.Batch, type));
        Array.Sort(seconds);
        var median = seconds[seconds.Length / 2];
        var passes = options.Mode == BenchmarkMode.Train ? FlopCount.TrainingOverForward : 1;
        return new BenchmarkResult
        {
            ImagesPerSecond = options.Batch / median,
            Gflops = passes * options.Batch * FlopCount.Vision(vision, vision.ImageSize, vision.ImageSize) / median / 1e9,
            PeakGflops = peak,
            StepSeconds = median,
            PeakMemoryMb = after.PeakResidentBytes / Megabyte,
            ActivationMemoryMb = (after.PeakResidentBytes - resting - (options.Mode == BenchmarkMode.Train ? sizeof(float) * ParameterCount.Vision(vision) : 0)) / Megabyte,
            RssBeforeMb = before.ResidentBytes / Megabyte,
            RssAfterMb = after.ResidentBytes / Megabyte,
            LiveTensorsBefore = tensorsBefore,
            LiveTensorsAfter = tensorsAfter,
            PageFaults = after.PageFaults - before.PageFaults,
            SystemSeconds = after.SystemSeconds - before.SystemSeconds,
            Steps = options.Steps,
            Batch = options.Batch,
            Threads = TorchRuntime.Threads,
            CpuMatmul = backend.ToString().ToLowerInvariant(),
        };
    }

    private static void Step(VisionTransformer model, Tensor images, BenchmarkMode mode, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var gradients = set_grad_enabled(mode == BenchmarkMode.Train);
        Tensor features;
        using (Autocast.Enter(images.device, type))
        {
            features = model.call(images);
        }

        if (mode == BenchmarkMode.Train)
        {
            features.to(float32).sum().backward();
            model.zero_grad();
        }
    }
}
