using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Time and memory on a device that works on while the host goes ahead.</summary>
internal static class DeviceWork
{
    /// <summary>Seconds from an idle device to an idle device.</summary>
    public static double Seconds(Device device, Action work)
    {
        Finish(device);
        var start = Stopwatch.GetTimestamp();
        work();
        Finish(device);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Waits until a GPU has done all that it was given; at once on the CPU.</summary>
    public static void Finish(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }

    /// <summary>
    /// A wait for what a GPU has been given so far, and not for what it is given later. To be called once; null on the CPU.
    /// </summary>
    public static Action? WaitForNow(Device device)
    {
        if (CudaRuntime.Of(device) is not { } runtime)
        {
            return device.type == DeviceType.CUDA ? () => Finish(device) : null;
        }

        var mark = runtime.MarkWork(device);
        return () => runtime.Reach(mark);
    }

    /// <summary>
    /// Memory of a GPU that is taken, by whomever; libtorch gives none back, so that after some work it is the most that the work took.
    /// Null on the CPU, and where libtorch's CUDA runtime does not tell.
    /// </summary>
    public static long? TakenBytes(Device device)
        => CudaRuntime.Of(device)?.Memory(device) is { } memory ? memory.Total - memory.Free : null;
}
