using System.Diagnostics;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// How fast this machine reads memory when it does nothing else: sums over more numbers than any cache holds, by all threads. Only the
/// fastest of many counts.
/// </summary>
internal sealed class ReadBandwidth : IDisposable
{
    private const long Numbers = 1L << 27;

    private readonly Tensor memory;
    private readonly Device device;
    private double fastest = double.MaxValue;

    public ReadBandwidth(Device device)
    {
        this.device = device;
        memory = ones([Numbers], float32, device).DetachFromDisposeScope();
        Measure(1);
    }

    /// <summary>The best so far.</summary>
    public double BytesPerSecond => Numbers * sizeof(float) / fastest;

    public void Measure(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            fastest = Math.Min(fastest, DeviceWork.Seconds(device, () => memory.sum().Dispose()));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}
