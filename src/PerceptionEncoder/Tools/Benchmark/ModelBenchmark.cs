using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// Repeats a forward pass or a training step of a vision tower on random images and compares its rate with what plain matrix products of
/// the same shapes reach between these steps. A training step is forward and backward to the gradient of every parameter; loss and
/// optimiser are not in it.
/// </summary>
public static class ModelBenchmark
{
    private const int WarmUp = 2;
    private const double Megabyte = 1 << 20;

    /// <summary>Measures. Leaves the matmul library as it was.</summary>
    /// <exception cref="UserErrorException">Unknown preset, contradicting options, a size below a patch, or a count below one.</exception>
    public static BenchmarkResult Run(BenchmarkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Batch < 1 || options.Steps < 1)
        {
            throw new UserErrorException($"bench: batch {options.Batch} and steps {options.Steps} must be at least 1.");
        }

        var vision = Tower(options);
        using var held = MatmulBackend.Hold();
        var device = options.Compute.Prepare();
        var type = options.Precision.TypeOn(device);
        var empty = DeviceWork.TakenBytes(device);
        using var scope = NewDisposeScope();
        using var model = new VisionTransformer(vision);
        model.to(device);
        model.RecomputeEvery = options.RecomputeEvery;
        model.train(options.Mode == BenchmarkMode.Train);
        var images = randn(options.Batch, 3, vision.ImageSize, vision.ImageSize).to(device);

        // As recipes do: encoders share casts of weights from batch to batch, training steps cannot.
        using var casts = options.Mode == BenchmarkMode.Encode ? Autocast.KeepCasts() : null;
        using var peak = new MatmulPeak(vision, options.Batch, type, device);
        ProcessUsage.ResetPeak();
        var resting = ProcessUsage.Read().ResidentBytes;
        for (var step = 0; step < WarmUp; step++)
        {
            Step(model, images, options.Mode, type);
        }

        var rounds = (MatmulPeak.Rounds + options.Steps - 1) / options.Steps;
        var (tensorsBefore, first, last) = (Tensor.TotalCount, ProcessUsage.Read(), ProcessUsage.Read());
        var (seconds, faults, system) = (new double[options.Steps], 0L, 0.0);
        for (var step = 0; step < options.Steps; step++)
        {
            peak.Measure(rounds);                               // beside the step, so that whatever else the machine does slows both
            var before = ProcessUsage.Read();
            seconds[step] = DeviceWork.Seconds(device, () => Step(model, images, options.Mode, type));
            last = ProcessUsage.Read();
            (faults, system) = (faults + last.PageFaults - before.PageFaults, system + last.SystemSeconds - before.SystemSeconds);
        }

        var tensorsAfter = Tensor.TotalCount;
        Array.Sort(seconds);
        var median = seconds[seconds.Length / 2];
        var passes = options.Mode == BenchmarkMode.Train ? TrainingPlan.TrainingOverForward : 1;
        var rate = passes * options.Batch * FlopCount.Vision(vision, vision.ImageSize, vision.ImageSize) / median / 1e9;
        return new BenchmarkResult
        {
            ImagesPerSecond = options.Batch / median,
            Gflops = rate,
            PeakGflops = Math.Max(peak.Gflops, rate),           // the work is products too: what it reaches, the machine can do
            StepSeconds = median,
            PeakMemoryMb = last.PeakResidentBytes / Megabyte,
            ActivationMemoryMb = (last.PeakResidentBytes
                - resting
                - (options.Mode == BenchmarkMode.Train ? sizeof(float) * new ClipArchitecture(vision, null).ParameterCount : 0)) / Megabyte,
            RssBeforeMb = first.ResidentBytes / Megabyte,
            RssAfterMb = last.ResidentBytes / Megabyte,
            LiveTensorsBefore = tensorsBefore,
            LiveTensorsAfter = tensorsAfter,
            PageFaults = faults,
            SystemSeconds = system,
            Steps = options.Steps,
            Batch = options.Batch,
            ImageSize = vision.ImageSize,
            Device = device.ToString(),
            DeviceMemoryMb = (DeviceWork.TakenBytes(device) - empty) / Megabyte,
            Threads = TorchRuntime.Threads,
            Products = options.Precision.Products(device),
            CpuMatmul = device.type == DeviceType.CPU ? MatmulBackend.Name : null,
        };
    }

    private static VisionOptions Tower(BenchmarkOptions options)
    {
        var vision = options.Vision ?? ModelPresets.Find(options.Preset).Vision;
        var side = options.ImageSize ?? vision.ImageSize;
        return side >= vision.PatchSize
            ? vision with { ImageSize = side }
            : throw new UserErrorException(
                $"bench: image size {side} is less than a patch of {vision.PatchSize} pixels. Choose a multiple of {vision.PatchSize}.");
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
            BackwardPass.Run(features.to(float32).sum());
            model.zero_grad();
        }
    }
}
