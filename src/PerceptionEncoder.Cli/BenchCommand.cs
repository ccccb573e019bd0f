using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary>
/// <c>pe bench train|encode|step|loss|spatial-loss|segment|propagation|cluster|optimizer|images|videos|collective|generate|load</c>:
/// speed against a limit measured in the same run.
/// </summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create() => CommandGroup.Of(
        "bench",
        "Measure speed against this machine's limits.",
        () => Model(
            "train",
            BenchmarkMode.Train,
            "Forward and backward of a vision tower, as a share of the machine's best matmul rate at the same shapes."),
        () => Model(
            "encode",
            BenchmarkMode.Encode,
            "Forward of a vision tower, as a share of the machine's best matmul rate at the same shapes."),
        Step,
        Loss,
        BenchSpatialLossCommand.Create,
        BenchSegmentCommand.Create,
        BenchPropagationCommand.Create,
        BenchClusterCommand.Create,
        Optimizer,
        BenchImagesCommand.Create,
        BenchVideosCommand.Create,
        BenchCollectiveCommand.Create,
        BenchGenerateCommand.Create,
        Load);

    private static Command Model(string name, BenchmarkMode mode, string description)
    {
        var preset = new Option<string>("--preset")
        {
            Description = "Published model name.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "PE-Core-B16-224",
        };
        var batch = new Option<int>("--batch") { Description = "Images a step.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var steps = new Option<int>("--steps") { Description = "Steps measured.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var threads = new Option<int?>("--threads") { Description = "Torch threads; one per core by default.", HelpName = "N" };
        var recompute = Recompute();
        var imageSize = new Option<int?>("--image-size")
        {
            Description = "Side of the images in pixels; the model's own by default.",
            HelpName = "PIXELS",
        };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            name,
            $"{description}\n\nExample:\n  pe bench {name} --preset PE-Core-B16-224 --batch 8 --precision fp32 --json {name}.json")
        {
            preset, batch, imageSize, steps, threads, recompute,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = ModelBenchmark.Run(new BenchmarkOptions
            {
                Mode = mode,
                Preset = result.GetRequiredValue(preset),
                Batch = result.GetValue(batch),
                ImageSize = result.GetValue(imageSize),
                Steps = result.GetValue(steps),
                Precision = computing.Precision(result),
                RecomputeEvery = result.GetValue(recompute),
                Compute = computing.Read(result) with { Threads = result.GetValue(threads) ?? 0 },
            });
            Console.WriteLine($"{measured.ImagesPerSecond:F2} images/s  {measured.Gflops:F0} GFLOP/s = {measured.PeakShare:P1} of "
                + $"{measured.PeakGflops:F0}  ({measured.Threads} threads, {measured.Products})"
                + Taken(measured.Device, measured.DeviceMemoryMb * (1 << 20)));
            Console.WriteLine(
                $"memory {measured.RssBeforeMb:F0} -> {measured.RssAfterMb:F0} MB, peak {measured.PeakMemoryMb:F0} MB, activations "
                + $"{measured.ActivationMemoryMb:F0} MB  live tensors {measured.LiveTensorsBefore} -> {measured.LiveTensorsAfter}  "
                + $"page faults {measured.PageFaults:N0}  system time {measured.SystemSeconds:F1} s");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    private static Command Step()
    {
        var preset = new Option<string>("--preset")
        {
            Description = "Published contrastive model.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "PE-Core-B16-224",
        };
        var batch = new Option<int>("--batch") { Description = "Pairs the loss sees.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var micro = new Option<int?>("--micro-batch")
        {
            Description = "Pairs encoded at a time: gradient caching where it is less than the batch.",
            HelpName = "N",
        };
        var recompute = Recompute();
        var mask = new Option<bool>("--mask") { Description = "Mask regularisation as in pretraining." };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "step",
            "A contrastive step of both towers without optimiser: time, and memory above model, gradients and batch.\n\n"
            + "Example:\n  pe bench step --preset PE-Core-B16-224 --batch 8 --micro-batch 4")
        {
            preset, batch, micro, recompute, mask,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = ContrastiveBenchmark.Run(
                result.GetRequiredValue(preset),
                result.GetValue(batch),
                result.GetValue(micro) ?? result.GetValue(batch),
                result.GetValue(recompute),
                result.GetValue(mask) ? new MaskOptions() : null,
                computing.Precision(result),
                computing.Read(result));
            Console.WriteLine($"{measured.StepSeconds:F3} s a step, {measured.PairsPerSecond:F2} pairs/s; "
                + $"{measured.PeakShare:P1} of the device's matmul rate; "
                + $"extra memory {SizeText.Of(measured.ExtraBytes)}; {measured.Products}"
                + Taken(measured.Device, measured.DeviceBytes));
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    private static Command Loss()
    {
        var batch = new Option<int>("--batch") { Description = "Pairs.", HelpName = "N", DefaultValueFactory = _ => 8192 };
        var dimension = new Option<int>("--dimension")
        {
            Description = "Of the features.",
            HelpName = "N",
            DefaultValueFactory = _ => 1024,
        };
        var tile = new Option<int>("--tile")
        {
            Description = "Largest side of a matrix of similarities.",
            HelpName = "N",
            DefaultValueFactory = _ => PairLoss.DefaultTile,
        };
        var dense = new Option<bool>("--dense") { Description = "Measure whole matrices too." };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "loss",
            "The contrastive loss with its gradients, in tiles and as one matrix.\n\n"
            + "Example:\n  pe bench loss --batch 8192 --dimension 1024 --dense")
        {
            batch, dimension, tile, dense,
        };
        computing.AddTo(command, isFloat32: true);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = LossBenchmark.Run(
                result.GetValue(batch),
                result.GetValue(dimension),
                result.GetValue(tile),
                result.GetValue(dense),
                computing.Read(result));
            Console.WriteLine($"in tiles {measured.TiledSeconds:F3} s, "
                + $"extra memory {SizeText.Of(measured.TiledExtraBytes)}; {measured.Products}"
                + Taken(measured.Device, measured.DeviceBytes));
            if (measured is { DenseSeconds: { } seconds, DenseExtraBytes: { } bytes })
            {
                Console.WriteLine($"as one matrix {seconds:F3} s, extra memory {SizeText.Of(bytes)}: "
                    + $"tiles take {measured.TiledSeconds / seconds:F2} times as long");
            }

            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    private static Command Optimizer()
    {
        var preset = new Option<string>("--preset")
        {
            Description = "Published model whose vision tower is trained.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "PE-Core-B16-224",
        };
        var type = CommonOptions.Choice("--type", "The update rule.", OptimizerKind.Lamb);
        var device = CommonOptions.Device();
        var json = CommonOptions.Json();
        var command = new Command(
            "optimizer",
            "An optimiser's step, against moving its state through memory once.\n\n"
            + "Example:\n  pe bench optimizer --preset PE-Core-B16-224 --type lamb")
        {
            preset, type, device, json,
        };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = OptimizerBenchmark.Run(
                result.GetRequiredValue(preset),
                new OptimizerOptions { Type = result.GetValue(type) },
                new ComputeOptions { Device = result.GetRequiredValue(device) });
            Console.WriteLine($"{measured.Parameters / 1e6:F1}M parameters: {measured.StepSeconds * 1e3:F0} ms a step, {measured.Ratio:F2} "
                + $"times moving its state once ({measured.BoundSeconds * 1e3:F0} ms at {measured.MemoryGigabytesPerSecond:F1} GB/s)"
                + Taken(measured.Device, null));
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    /// <summary>The memory of a device that has its own.</summary>
    private static string Taken(string device, double? bytes)
        => bytes is { } taken ? $"; {device}, {SizeText.Of((long)taken)} of its memory" : $"; {device}";

    private static Option<int> Recompute() => new("--recompute-every")
    {
        Description = "Every so many-th block is computed again in the backward pass; 0 for none.",
        HelpName = "K",
    };

    private static Command Load()
    {
        var checkpoint = CommonOptions.Checkpoint();
        var json = CommonOptions.Json();
        var command = new Command(
            "load",
            "Load a checkpoint, against reading its bytes from the page cache.\n\nExample:\n  pe bench load --checkpoint runs/demo")
        {
            checkpoint, json,
        };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = LoadBenchmark.Run(CommonOptions.Locate(result.GetRequiredValue(checkpoint)));
            Console.WriteLine($"{SizeText.Of(measured.FileBytes)}: loaded in {measured.LoadSeconds:F2} s, "
                + $"{measured.TimeRatio:F2} times reading it ({measured.ReadSeconds:F2} s); "
                + $"extra memory {SizeText.Of(measured.ExtraPeakBytes)}, {measured.MemoryRatio:F2} times the file");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }
}
