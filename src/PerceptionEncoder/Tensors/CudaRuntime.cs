using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// The functions of CUDA's runtime that torch does not give: memory, streams and events, by their C interface. Found through libtorch's own
/// dependency, so that both use the same one; on Linux.
/// </summary>
internal sealed unsafe class CudaRuntime
{
    private const int NonBlocking = 1;                          // cudaStreamNonBlocking
    private const int DisableTiming = 2;                        // cudaEventDisableTiming
    private const int HostToDevice = 1;                         // cudaMemcpyHostToDevice
    private const int MajorCapability = 75;                     // cudaDevAttrComputeCapabilityMajor

    private static readonly Lazy<CudaRuntime?> Found = new(
        () => NativeLibrary.TryLoad(CudaDevices.Library, typeof(CudaRuntime).Assembly, null, out var library)
            && NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out _)
                ? new CudaRuntime(library)
                : null);

    private readonly nint library;

    private CudaRuntime(nint library) => this.library = library;

    /// <summary>Of a GPU; null for the CPU, and where libtorch's runtime cannot be reached.</summary>
    public static CudaRuntime? Of(Device device) => device.type == DeviceType.CUDA ? Found.Value : null;

    /// <summary>Free and total memory of a GPU, whoever takes it.</summary>
    public (long Free, long Total) Memory(Device device) => On(device, () =>
    {
        nuint free, total;
        Check("cudaMemGetInfo", ((delegate* unmanaged<nuint*, nuint*, int>)Function("cudaMemGetInfo"))(&free, &total));
        return ((long)free, (long)total);
    });

    /// <summary>First number of a GPU's compute capability: 8 for Ampere, 9 for Hopper.</summary>
    public int Generation(Device device)
    {
        int major;
        Check("cudaDeviceGetAttribute", ((delegate* unmanaged<int*, int, int, int>)Function("cudaDeviceGetAttribute"))(
            &major,
            MajorCapability,
            Math.Max(0, device.index)));
        return major;
    }

    /// <summary>A stream that does not wait for the one that computes.</summary>
    public nint CreateStream(Device device) => On(device, () =>
    {
        nint stream;
        Check("cudaStreamCreateWithFlags", ((delegate* unmanaged<nint*, uint, int>)Function("cudaStreamCreateWithFlags"))(
            &stream,
            NonBlocking));
        return stream;
    });

    /// <summary>Starts a copy from pinned memory.</summary>
    public void Copy(nint target, nint pinned, long bytes, nint stream) => Check(
        "cudaMemcpyAsync",
        ((delegate* unmanaged<nint, nint, nuint, int, nint, int>)Function("cudaMemcpyAsync"))(
            target,
            pinned,
            (nuint)bytes,
            HostToDevice,
            stream));

    /// <summary>Waits for everything that was given to a stream.</summary>
    public void Finish(nint stream) => Call("cudaStreamSynchronize", stream);

    /// <summary>Frees a stream.</summary>
    public void DestroyStream(nint stream) => Call("cudaStreamDestroy", stream);

    /// <summary>Makes a GPU the current one of this thread.</summary>
    public void Choose(Device device)
        => Check("cudaSetDevice", ((delegate* unmanaged<int, int>)Function("cudaSetDevice"))(Math.Max(0, device.index)));

    /// <summary>An event behind all that a stream has been given so far.</summary>
    /// <param name="device">Of the stream.</param>
    /// <param name="stream">0 for the one that computes.</param>
    public nint MarkWork(Device device, nint stream = 0) => On(device, () =>
    {
        nint mark;
        Check("cudaEventCreateWithFlags", ((delegate* unmanaged<nint*, uint, int>)Function("cudaEventCreateWithFlags"))(
            &mark,
            DisableTiming));
        Check("cudaEventRecord", ((delegate* unmanaged<nint, nint, int>)Function("cudaEventRecord"))(mark, stream));
        return mark;
    });

    /// <summary>What a stream is given from now on waits for an event, which is freed; the host does not wait.</summary>
    public void Order(nint stream, nint mark)
    {
        Check("cudaStreamWaitEvent", ((delegate* unmanaged<nint, nint, uint, int>)Function("cudaStreamWaitEvent"))(stream, mark, 0));
        Call("cudaEventDestroy", mark);
    }

    /// <summary>Waits for an event, and frees it.</summary>
    public void Reach(nint mark)
    {
        Call("cudaEventSynchronize", mark);
        Call("cudaEventDestroy", mark);
    }

    private void Call(string name, nint subject) => Check(name, ((delegate* unmanaged<nint, int>)Function(name))(subject));

    /// <summary>Does something on a device, and brings back the thread's own.</summary>
    private T On<T>(Device device, Func<T> work)
    {
        int before;
        Check("cudaGetDevice", ((delegate* unmanaged<int*, int>)Function("cudaGetDevice"))(&before));
        var choose = (delegate* unmanaged<int, int>)Function("cudaSetDevice");
        Check("cudaSetDevice", choose(Math.Max(0, device.index)));
        try
        {
            return work();
        }
        finally
        {
            Check("cudaSetDevice", choose(before));
        }
    }

    private nint Function(string name) => NativeLibrary.GetExport(library, name);

    private void Check(string call, int error)
    {
        if (error != 0)
        {
            var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)Function("cudaGetErrorString"))(error));
            throw new InvalidOperationException($"{call}: {text} ({error})");
        }
    }
}
