using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>The address of a tensor's first element, for copies that go around per-element access.</summary>
internal static partial class TensorMemory
{
    private const int PopulateRead = 22;

    /// <summary>Valid as long as <paramref name="tensor"/> lives; a CPU address for CPU tensors.</summary>
    public static nint Pointer(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>Elements of a contiguous float32 tensor on the CPU; valid as long as <paramref name="tensor"/> lives.</summary>
    public static unsafe Span<float> Floats(Tensor tensor, long start, int length) => new((float*)Pointer(tensor) + start, length);

    /// <summary>
    /// Brings the mapped pages of a tensor in at once, where Linux can (5.14 and later): page by page, as they are touched, takes ten times
    /// as long.
    /// </summary>
    public static void Populate(Tensor tensor)
    {
        if (OperatingSystem.IsLinux())
        {
            var start = Pointer(tensor) & ~(nint)(Environment.SystemPageSize - 1);
            var length = Pointer(tensor) + (nint)(tensor.NumberOfElements * tensor.ElementSize) - start;
            _ = madvise(start, length, PopulateRead);
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nint start, nint length, int advice);

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);
}
