using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// An optimiser's step, against the time that moving its state through memory once takes: weights, gradient and both moments read, all but
/// the gradient written.
/// </summary>
/// <param name="Parameters">Numbers that are trained.</param>
/// <param name="StepSeconds">Fastest step.</param>
/// <param name="MemoryGigabytesPerSecond">Read plus written by a copy of a large tensor in the same run; the fastest.</param>
/// <param name="BoundSeconds">The state's bytes at that rate.</param>
public sealed record OptimizerBenchmark(long Parameters, double StepSeconds, double MemoryGigabytesPerSecond, double BoundSeconds)
{
    private const int Passes = 7;
    private const int BytesMovedPerParameter = (4 + 3) * sizeof(float);
    private const long CopiedNumbers = 1L << 27;

    /// <summary>Step over bound.</summary>
    public double Ratio => StepSeconds / BoundSeconds;

    /// <summary>Where it was: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Measures with random gradients.</summary>
    /// <param name="preset">Published model, whose vision tower is trained.</param>
    /// <param name="options">The optimiser.</param>
    /// <param name="compute">The device; null for the CPU.</param>
    /// <exception cref="UserErrorException">No such preset.</exception>
    public static OptimizerBenchmark Run(string preset, OptimizerOptions options, ComputeOptions? compute = null)
    {
        var device = (compute ?? new ComputeOptions { Device = DeviceKind.Cpu }).Prepare();
        using var scope = NewDisposeScope();
        using var model = new VisionTransformer(ModelPresets.Find(preset).Vision);
        model.to(device);
        using (no_grad())
        {
            foreach (var parameter in model.parameters())
            {
                parameter.grad = randn_like(parameter).mul_(1e-3);
            }
        }

        using var optimizer = options.Create(model.named_parameters());
        var step = Fastest(device, () => optimizer.Step(1e-3));
        var (source, target) = (ones(CopiedNumbers, device: device), zeros(CopiedNumbers, device: device));
        var rate = 2 * sizeof(float) * CopiedNumbers / Fastest(device, () => target.copy_(source));
        var count = model.parameters().Sum(parameter => parameter.numel());
        return new OptimizerBenchmark(count, step, rate / 1e9, BytesMovedPerParameter * count / rate) { Device = device.ToString() };
    }

    private static double Fastest(Device device, Action action)
        => Enumerable.Range(0, Passes).Min(_ => DeviceWork.Seconds(device, action));
}
