using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>The address of a tensor's first element, for copies that go around per-element access.</summary>
internal static partial class TensorMemory
{
    /// <summary>Valid as long as <paramref name="tensor"/> lives; a CPU address for CPU tensors.</summary>
    public static nint Pointer(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>Elements of a contiguous float32 tensor on the CPU; valid as long as <paramref name="tensor"/> lives.</summary>
    public static unsafe Span<float> Floats(Tensor tensor, long start, int length) => new((float*)Pointer(tensor) + start, length);

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);
}
