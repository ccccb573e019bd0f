using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Data;
using PerceptionEncoder.Media;
using PerceptionEncoder.Recipes.Benchmark;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench train|encode|images|load</c>: speed against a limit measured in the same run.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create() => new("bench", "Measure speed against this machine's limits.")
    {
        Model("train", BenchmarkMode.Train, "Forward and backward of a vision tower, as a share of the machine's best matmul rate at the same shapes."),
        Model("encode", BenchmarkMode.Encode, "Forward of a vision tower, as a share of the machine's best matmul rate at the same shapes."),
        Images(),
        Load(),
    };

    private static Command Model(string name, BenchmarkMode mode, string description)
    {
        var preset = new Option<string>("--preset") { Description = "Published model name.", HelpName = "NAME", DefaultValueFactory = _ => "PE-Core-B16-224" };
        var batch = new Option<int>("--batch") { Description = "Images a step.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var steps = new Option<int>("--steps") { Description = "Steps measured.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var threads = new Option<int?>("--threads") { Description = "Torch threads; one per core by default.", HelpName = "N" };
        var precision = CommonOptions.Choice("--precision", "Arithmetic of matrix products.", Precision.Fp32);
        var matmul = CommonOptions.Choice("--cpu-matmul", "Library of the model's float32 products.", CpuMatmul.Auto);
        var json = CommonOptions.Json();
        var command = new Command(name, $"{description}\n\nExample:\n  pe bench {name} --preset PE-Core-B16-224 --batch 8 --precision fp32 --json {name}.json")
        {
            preset, batch, steps, threads, precision, matmul, json,
        };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = ModelBenchmark.Run(new BenchmarkOptions
            {
                Mode = mode,
                Preset = result.GetRequiredValue(preset),
                Batch = result.GetValue(batch),
                Steps = result.GetValue(steps),
                Threads = result.GetValue(threads),
                Precision = result.GetValue(precision),
                CpuMatmul = result.GetValue(matmul),
            });
            Console.WriteLine($"{measured.ImagesPerSecond:F2} images/s  {measured.Gflops:F0} GFLOP/s = {measured.PeakShare:P1} of {measured.PeakGflops:F0}  ({measured.Threads} threads, {measured.CpuMatmul})");
            Console.WriteLine($"memory {measured.RssBeforeMb:F0} -> {measured.RssAfterMb:F0} MB, peak {measured.PeakMemoryMb:F0} MB  live tensors {measured.LiveTensorsBefore} -> {measured.LiveTensorsAfter}  "
                + $"page faults {measured.PageFaults:N0}  system time {measured.SystemSeconds:F1} s");
            WriteJson(result.GetValue(json), measured);
        });
        return command;
    }

    private static Command Images()
    {
        var data = new Option<string>("--data") { Description = "An evaluation set in CLIP-benchmark's layout.", HelpName = "DIR", Required = true };
        var size = new Option<int>("--size") { Description = "Side of the resized image in pixels.", HelpName = "PIXELS", DefaultValueFactory = _ => 224 };
        var json = CommonOptions.Json();
        var command = new Command("images", "Decode and resize the images of a set on one thread.\n\nExample:\n  pe bench images --data ../shared/data/imagenet-sample --size 224") { data, size, json };
        command.SetAction(result =>
        {
            var files = ImageThroughput.ReadFiles(ClipBenchmarkFolder.Open(result.GetRequiredValue(data)).Shards);
            var side = result.GetValue(size);
            var measured = ImageThroughput.Measure(files, new OpenCvImageDecoder(), new ImageTransform(side, side));
            Console.WriteLine($"{measured.ImagesPerSecond:F0} images/s on one thread: decode {measured.DecodeSeconds / measured.Images * 1e3:F2} ms, resize {measured.TransformSeconds / measured.Images * 1e3:F2} ms");
            WriteJson(result.GetValue(json), measured);
        });
        return command;
    }

    private static Command Load()
    {
        var checkpoint = CommonOptions.Checkpoint();
        var json = CommonOptions.Json();
        var command = new Command("load", "Load a checkpoint, against reading its bytes from the page cache.\n\nExample:\n  pe bench load --checkpoint runs/demo") { checkpoint, json };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = LoadBenchmark.Run(CommonOptions.Locate(result.GetRequiredValue(checkpoint)));
            Console.WriteLine($"{SizeText.Of(measured.FileBytes)}: loaded in {measured.LoadSeconds:F2} s, {measured.TimeRatio:F2} times reading it ({measured.ReadSeconds:F2} s); extra memory {SizeText.Of(measured.ExtraPeakBytes)}, {measured.MemoryRatio:F2} times the file");
            WriteJson(result.GetValue(json), measured);
        });
        return command;
    }

    private static void WriteJson<T>(string? path, T measured)
    {
        if (path is not null)
        {
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(measured, Layout) + "\n");
        }
    }
}
