using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Time and memory on a device that works on while the host goes ahead.</summary>
internal static unsafe class DeviceWork
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
    /// Memory of a GPU that is taken, by whomever; libtorch gives none back, so that after some work it is the most that the work took.
    /// Null on the CPU, and where libtorch's CUDA runtime does not tell.
    /// </summary>
    public static long? TakenBytes(Device device)
    {
        // The runtime's own file has another name in every build; its symbols are found through the library that depends on it.
        if (device.type != DeviceType.CUDA
            || !NativeLibrary.TryLoad(CudaDevices.Library, typeof(DeviceWork).Assembly, null, out var library)
            || !NativeLibrary.TryGetExport(library, "cudaGetDevice", out var current)
            || !NativeLibrary.TryGetExport(library, "cudaSetDevice", out var choose)
            || !NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out var tell))
        {
            return null;
        }

        int before;
        nuint free, total;
        if (((delegate* unmanaged<int*, int>)current)(&before) != 0
            || ((delegate* unmanaged<int, int>)choose)(Math.Max(0, device.index)) != 0)
        {
            return null;
        }

        var told = ((delegate* unmanaged<nuint*, nuint*, int>)tell)(&free, &total) == 0;
        _ = ((delegate* unmanaged<int, int>)choose)(before);
        return told ? (long)(total - free) : null;
    }
}
