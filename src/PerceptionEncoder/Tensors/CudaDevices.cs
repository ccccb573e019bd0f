using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>The CUDA devices that libtorch finds.</summary>
/// <param name="Count">How many.</param>
/// <param name="Absence">Why there is none, in the loader's words where it is to blame; null where there are some.</param>
internal sealed record CudaDevices(int Count, string? Absence)
{
    private const string Driver = "libcuda.so.1";

    /// <summary>The file of libtorch's part for CUDA.</summary>
    public static string Library { get; } = OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so";

    /// <summary>Looks for them.</summary>
    public static CudaDevices Find()
    {
        TorchRuntime.Initialize();
        return cuda.is_available() ? new CudaDevices(cuda.device_count(), null) : new CudaDevices(0, WhyNone(Library));
    }

    /// <summary>Why libtorch finds none, although nothing was said.</summary>
    /// <param name="library">The name or path of libtorch's part for CUDA.</param>
    internal static string WhyNone(string library)
    {
        try
        {
            NativeLibrary.Load(library, typeof(CudaDevices).Assembly, null);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            // .NET's own sentence, then what the loader said of each place and spelling; of most only that nothing is there.
            var name = Path.GetFileName(library);
            return failure.Message.Split('\n').Skip(1).Select(line => line.Trim()).FirstOrDefault(
                line => line.Split(": cannot open shared object file") is [var file, ..]
                    && file.Length > 0
                    && (file == line || !file.Contains(Path.GetFileNameWithoutExtension(name), StringComparison.Ordinal)))
                ?? $"{name} is not there (a build for the CPU; -p:TorchBackend=cuda makes one for CUDA)";
        }

        return OperatingSystem.IsLinux() && !NativeLibrary.TryLoad(Driver, out _)
            ? $"NVIDIA's driver is not installed ({Driver} cannot be loaded)"
            : "NVIDIA's driver shows no device (see nvidia-smi and CUDA_VISIBLE_DEVICES)";
    }
}
