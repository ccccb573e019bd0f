using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Whether kernels must give the same bits on every run. On a CPU of one kind with as many threads they do; on CUDA some add in the order
/// in which threads happen to arrive, and cuBLAS may split a product as its workspace allows.
/// </summary>
internal static unsafe partial class Determinism
{
    private const string Workspace = "CUBLAS_WORKSPACE_CONFIG";
    private const string Context = "_ZN2at13globalContextEv";

    /// <summary>What the process is set to.</summary>
    public static bool IsRequired
        => ((delegate* unmanaged<nint, byte>)Function("_ZNK2at7Context23deterministicAlgorithmsEv"))(Global()) != 0;

    /// <summary>
    /// Sets it; an operator that has no such kernel is then an error. Call it before the first product on a device: cuBLAS reads its
    /// variable once, and the user's own setting wins.
    /// </summary>
    /// <exception cref="UserErrorException">This build of libtorch does not export it.</exception>
    public static void Require(bool required)
    {
        if (required && OperatingSystem.IsLinux())
        {
            _ = setenv(Workspace, ":4096:8", 0);                // the C library's environment, as cuBLAS reads that
        }

        if (!required && LibTorch.Find(Context) == 0)
        {
            return;                                             // never set here
        }

        ((delegate* unmanaged<nint, byte, byte, void>)Function("_ZN2at7Context26setDeterministicAlgorithmsEbb"))(
            Global(), (byte)(required ? 1 : 0), 0);

        // Memory that is written before it is read need not be filled.
        ((delegate* unmanaged<nint, byte, void>)Function("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb"))(Global(), 0);
    }

    private static nint Global() => ((delegate* unmanaged<nint>)Function(Context))();

    private static nint Function(string name)
    {
        var address = LibTorch.Find(name);
        return address != 0
            ? address
            : throw new UserErrorException("compute.deterministic: this build of libtorch does not export the setting. Leave it out.");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
