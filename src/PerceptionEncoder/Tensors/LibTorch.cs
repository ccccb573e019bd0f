using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Exported functions of libtorch that TorchSharp does not wrap. Names are mangled as GCC and Clang do it: Linux and macOS.
/// </summary>
internal static class LibTorch
{
    private static readonly Lazy<nint> Library = new(Load);
    private static readonly ConcurrentDictionary<string, nint> Found = new(StringComparer.Ordinal);

    /// <summary>The address of an exported function; zero where this build of libtorch has none of that name.</summary>
    public static nint Find(string mangledName)
        => Found.GetOrAdd(
            mangledName,
            static name => Library.Value != 0 && NativeLibrary.TryGetExport(Library.Value, name, out var address) ? address : 0);

    private static nint Load()
    {
        TorchRuntime.Initialize();
        return NativeLibrary.TryLoad(
            OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so",
            typeof(LibTorch).Assembly,
            null,
            out var handle)
            ? handle
            : 0;
    }
}
