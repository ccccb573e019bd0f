using System.Runtime;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether training with recomputed blocks keeps to its memory.</summary>
internal static class MemoryCheck
{
    private const int WarmUp = 10;
    private const int MicroBatches = 30;

    /// <summary>A leak is in most of them; an allocator that takes a piece more from the system is in few.</summary>
    private const int Windows = 6;

    private const double Megabyte = 1 << 20;

    /// <summary>
    /// What a micro-batch may add: a third of the gradients that reach the tokens of the recomputed blocks, should none be freed.
    /// </summary>
    private const double LimitMb = 0.25;

    /// <summary>More than the objects of all micro-batches take.</summary>
    private const long ManagedBytes = 64 << 20;

    private const string Advice = "Memory grows with every micro-batch: train with memory.recompute_every: 0, and report it.";

    /// <summary>Tensors that a micro-batch leaves to the garbage collector.</summary>
    public static MachineCheck Tensors(Device device)
        => Tensors(() => Tower(device, side: 32), tower => Push(tower, pairs: 4, device));

    /// <param name="begin">Makes what is kept from one micro-batch to the next.</param>
    /// <param name="microBatch">What is repeated.</param>
    public static MachineCheck Tensors<T>(Func<T> begin, Action<T> microBatch)
        where T : IDisposable
        => MachineCheck.AtMost(
            0,
            "tensors that a micro-batch with recomputed blocks leaves behind",
            Advice,
            () => Growth(begin, microBatch, () => Tensor.TotalCount, collectorAway: true));

    /// <summary>Native memory of the process on a CPU, else that of the device.</summary>
    public static MachineCheck Bytes(Device device) => Bytes(device, () => { });

    /// <param name="device">Whose memory it is.</param>
    /// <param name="beside">What each micro-batch does beside its own work.</param>
    public static MachineCheck Bytes(Device device, Action beside) => Bytes(
        () => Tower(device, side: 96),
        tower =>
        {
            Push(tower, pairs: 16, device);
            beside();
        },
        () => InUse(device));

    /// <param name="begin">Makes what is kept from one micro-batch to the next.</param>
    /// <param name="microBatch">What is repeated.</param>
    /// <param name="memory">Bytes in use.</param>
    public static MachineCheck Bytes<T>(Func<T> begin, Action<T> microBatch, Func<long> memory)
        where T : IDisposable
        => MachineCheck.AtMost(
            LimitMb,
            $"memory that each of {MicroBatches} micro-batches with recomputed blocks adds, MB",
            Advice,
            () => Growth(begin, microBatch, memory, collectorAway: false) / Megabyte);

    private static long InUse(Device device) => device.type == DeviceType.CPU
        ? AllocatedMemory.Bytes() ?? ProcessUsage.Read().ResidentBytes
        : DeviceWork.TakenBytes(device) ?? throw new InvalidOperationException("libtorch's CUDA runtime does not tell its memory.");

    private static VisionTransformer Tower(Device device, int side)
    {
        var tower = new VisionTransformer(PracticePairs.Model(side, layers: 6).Vision) { RecomputeEvery = 1 };
        tower.to(device);
        tower.train();
        return tower;
    }

    private static void Push(VisionTransformer tower, int pairs, Device device)
    {
        using var scope = NewDisposeScope();
        var side = tower.Options.ImageSize;
        tower.call(randn(pairs, 3, side, side, device: device)).sum().backward();
    }

    /// <summary>By how much a reading grows with each micro-batch, as a rule.</summary>
    private static double Growth<T>(Func<T> begin, Action<T> microBatch, Func<long> read, bool collectorAway)
        where T : IDisposable
    {
        using var kept = begin();
        Repeat(WarmUp);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // A tensor that nobody disposes is freed when the garbage collector comes by, which is too late where tensors are large and
        // objects few: while tensors are counted it does not come. While bytes are, it does, or its own would be among them.
        var away = collectorAway && GC.TryStartNoGCRegion(ManagedBytes);
        try
        {
            var readings = new List<long> { read() };
            for (var window = 0; window < Windows; window++)
            {
                Repeat(MicroBatches / Windows);
                readings.Add(read());
            }

            var growths = readings.Zip(readings[1..], (before, after) => after - before).Order().ToArray();
            return (double)growths[Windows / 2] / (MicroBatches / Windows);
        }
        finally
        {
            if (away && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            {
                GC.EndNoGCRegion();
            }
        }

        void Repeat(int count)
        {
            for (var pass = 0; pass < count; pass++)
            {
                microBatch(kept);
            }
        }
    }
}
