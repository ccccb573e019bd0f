using System.Diagnostics;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What summing over ranks costs: a large buffer against the engine's own loop, and gradients beside the backward pass.</summary>
/// <param name="Ranks">How many.</param>
/// <param name="Bytes">Of the buffer.</param>
/// <param name="AllReduceSeconds">Fastest sum of it, on the slowest rank.</param>
/// <param name="EngineSeconds">The same by nothing but the engine's calls; null where there is no such loop to compare with.</param>
public sealed record CollectiveBenchmark(int Ranks, long Bytes, double AllReduceSeconds, double? EngineSeconds)
{
    private const int Passes = 5;
    private const int Steps = 3;

    /// <summary>Forward and backward of the tower, without summing gradients; the fastest.</summary>
    public required double ComputeSeconds { get; init; }

    /// <summary>The same with sums that go on beside the backward pass.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Summing the same gradients and nothing else.</summary>
    public required double ReductionSeconds { get; init; }

    /// <summary>Bytes of the gradients.</summary>
    public required long GradientBytes { get; init; }

    /// <summary>Collectives that they are summed in.</summary>
    public required int Buckets { get; init; }

    /// <summary>Images of all ranks over the step's time.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Gigabytes of the buffer over the time of its sum.</summary>
    public double GigabytesPerSecond => Bytes / AllReduceSeconds / 1e9;

    /// <summary>What is left once the backward pass has ended, on the rank where it ends last; the least of all steps.</summary>
    public required double ExposedSeconds { get; init; }

    /// <summary>Share of the reduction that goes on beside the backward pass.</summary>
    public double Hidden => Ranks == 1 ? 1 : Math.Clamp(1 - (ExposedSeconds / ReductionSeconds), 0, 1);

    /// <summary>Measures; all ranks call it.</summary>
    /// <param name="world">The ranks.</param>
    /// <param name="bytes">Of the buffer.</param>
    /// <param name="preset">Published model, whose vision tower is computed.</param>
    /// <param name="batch">Images of a rank.</param>
    /// <param name="options">Buckets and type.</param>
    /// <param name="compute">Device, threads and libraries.</param>
    /// <param name="precision">Arithmetic of the tower.</param>
    /// <exception cref="UserErrorException">No such preset.</exception>
    public static CollectiveBenchmark Run(
        World world,
        long bytes,
        string preset,
        int batch,
        DistributedOptions options,
        ComputeOptions compute,
        Precision precision)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(compute);
        var device = world.Place(compute).Prepare();
        using var scope = NewDisposeScope();
        var buffer = ones(bytes / sizeof(float), device: device);
        var summing = Enumerable.Range(0, Passes).Min(_ => Slowest(world, device, () => world.Collective.AllReduce(buffer)));
        double? engine = world.Collective is MpiCollective mpi ? world.Each(mpi.EngineSeconds(buffer, Passes)).Max() : null;

        Randomness.Seed(device, 1);
        using var model = new VisionTransformer(ModelPresets.Find(preset).Vision);
        model.to(device);
        model.train();
        (string, Parameter)[] trained = [.. model.named_parameters()];
        var reduction = new GradientReduction(world.Collective, options, model, trained, shard: null);
        var images = rand(batch, 3, model.Options.ImageSize, model.Options.ImageSize).to(device);
        var left = 0.0;
        double Step(bool sums) => Slowest(world, device, () =>
        {
            foreach (var parameter in model.parameters())
            {
                parameter.grad = null;
            }

            reduction.Begin();
            using var inner = NewDisposeScope();
            using (sums && world.Size > 1 ? reduction.Listen() : null)
            using (precision.Enter(device))
            {
                BackwardPass.Run(model.call(images).to(float32).sum());
            }

            if (sums && world.Size > 1)
            {
                left = DeviceWork.Seconds(device, reduction.End);
            }
        });
        Step(sums: true);
        var (computing, step, exposed) = (double.MaxValue, double.MaxValue, double.MaxValue);
        for (var pass = 0; pass < Steps; pass++)
        {
            computing = Math.Min(computing, Step(sums: false));
            step = Math.Min(step, Step(sums: true));

            // The rank that comes last waits for nobody, so that what it waits for is the network.
            exposed = Math.Min(exposed, world.Each(left).Min());
        }

        var alone = Enumerable.Range(0, Steps).Min(_ => Slowest(world, device, () =>
        {
            reduction.Begin();
            reduction.End();
        }));
        return new CollectiveBenchmark(world.Size, bytes, summing, engine)
        {
            ComputeSeconds = computing,
            StepSeconds = step,
            ReductionSeconds = alone,
            ExposedSeconds = exposed,
            GradientBytes = sizeof(float) * model.parameters().Sum(parameter => parameter.numel()),
            Buckets = reduction.Buckets,
            ImagesPerSecond = world.Size * batch / step,
        };
    }

    /// <summary>All ranks begin together; the time of the one that ends last.</summary>
    private static double Slowest(World world, Device device, Action work)
    {
        world.Collective.Barrier();
        var begin = Stopwatch.GetTimestamp();
        DeviceWork.Seconds(device, work);
        return world.Each(Stopwatch.GetElapsedTime(begin).TotalSeconds).Max();
    }
}
