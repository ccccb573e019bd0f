namespace PerceptionEncoder.Tensors;

/// <summary>Which kernels libtorch may take for scaled dot product attention, for the whole process.</summary>
internal static unsafe class AttentionKernels
{
    /// <summary>
    /// Until it is disposed, the kernel that multiplies step by step is not taken: what no fused kernel takes is then an error, not slow.
    /// </summary>
    /// <exception cref="UserErrorException">This build of libtorch has no such switch.</exception>
    public static IDisposable FusedOnly()
    {
        var before = ((delegate* unmanaged<nint, byte>)Function("_ZNK2at7Context18userEnabledMathSDPEv"))(Context()) != 0;
        AllowMath(false);
        return new Allowed(before);
    }

    private static void AllowMath(bool allowed)
        => ((delegate* unmanaged<nint, byte, void>)Function("_ZN2at7Context13setSDPUseMathEb"))(Context(), (byte)(allowed ? 1 : 0));

    private static nint Context() => ((delegate* unmanaged<nint>)Function("_ZN2at13globalContextEv"))();

    private static nint Function(string name)
        => LibTorch.Find(name) is not 0 and var address
            ? address
            : throw new UserErrorException("attention: this build of libtorch does not export the choice of its kernels.");

    private sealed class Allowed(bool math) : IDisposable
    {
        public void Dispose() => AllowMath(math);
    }
}
