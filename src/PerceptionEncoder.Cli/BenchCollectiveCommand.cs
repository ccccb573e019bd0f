using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench collective</c>: what summing over ranks costs.</summary>
internal static class BenchCollectiveCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create()
    {
        var megabytes = new Option<int>("--megabytes") { Description = "Of the buffer.", HelpName = "N", DefaultValueFactory = _ => 400 };
        var preset = new Option<string>("--preset")
        {
            Description = "Published model whose vision tower's gradients are summed beside its backward pass.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "PE-Core-B16-224",
        };
        var batch = new Option<int>("--batch") { Description = "Images of a rank.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var threads = new Option<int?>("--threads") { Description = "Torch threads of a rank.", HelpName = "N" };
        var backend = CommonOptions.Choice("--backend", "The engine; auto goes by the launcher.", CollectiveBackend.Auto);
        var dtype = CommonOptions.Choice("--reduce-dtype", "What gradients travel as.", ReduceDtype.Fp32);
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "collective",
            """
            Sums over ranks: a large buffer against the engine's own loop, and a tower's gradients beside its backward pass.

            Example:
              mpirun -n 2 pe bench collective --megabytes 400 --preset PE-Core-B16-224 --batch 8 --threads 1
            """)
        {
            megabytes, preset, batch, threads, backend, dtype,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var compute = computing.Read(result) with { Threads = result.GetValue(threads) ?? 0 };
            var options = new DistributedOptions { Backend = result.GetValue(backend), ReduceDtype = result.GetValue(dtype) };
            LaunchedRanks.Run(options, compute.Device, world =>
            {
                var measured = CollectiveBenchmark.Run(
                    world,
                    (long)result.GetValue(megabytes) * 1_000_000,
                    result.GetRequiredValue(preset),
                    result.GetValue(batch),
                    options,
                    compute,
                    computing.Precision(result));
                if (world.Writes)
                {
                    Show(measured, result.GetRequiredValue(preset), result.GetValue(batch));
                    CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
                }
            });
        });
        return command;
    }

    private static void Show(CollectiveBenchmark measured, string preset, int batch)
    {
        if (measured.Ranks > 1)
        {
            Console.WriteLine($"{measured.Ranks} ranks: all-reduce of {SizeText.Of(measured.Bytes)} {measured.AllReduceSeconds:F3} s, "
                + $"{measured.GigabytesPerSecond:F2} GB/s"
                + (measured.EngineSeconds is { } engine
                    ? $"; the engine's own loop {engine:F3} s ({measured.AllReduceSeconds / engine:F2} times)"
                    : ""));
            Console.WriteLine($"{preset}, {batch} images a rank: {measured.ComputeSeconds:F3} s forward and backward, "
                + $"{measured.ReductionSeconds:F3} s to sum {SizeText.Of(measured.GradientBytes)} in {measured.Buckets} buckets, "
                + $"{measured.StepSeconds:F3} s for both; {measured.ExposedSeconds:F3} s of it after the backward pass: "
                + $"{measured.Hidden:P0} hidden");
        }

        Console.WriteLine($"{measured.ImagesPerSecond:F2} images/s of {(measured.Ranks == 1 ? "one process" : "all ranks")}");
    }
}
