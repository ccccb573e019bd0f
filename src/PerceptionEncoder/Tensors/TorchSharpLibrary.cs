using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Loads TorchSharp's native library where the loader will not: it names a version of the C++ library that Debian 12 and Ubuntu 22.04 lack,
/// and uses nothing of it. Our builds and packages mend the file; a project that refers to this one by path has TorchSharp's own.
/// </summary>
internal static partial class TorchSharpLibrary
{
    private const string Name = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";
    private const string NamedVersion = "GLIBCXX_3.4.32";

    private static readonly Lazy<nint> Mended = new(LoadMended);

    /// <summary>As soon as anything of this library is used, .NET asks here for what it could not load.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp loads its library at the first tensor, whoever makes it.")]
    internal static void Offer()
    {
        if (OperatingSystem.IsLinux() && AssemblyLoadContext.GetLoadContext(typeof(TorchSharp.torch).Assembly) is { } context)
        {
            context.ResolvingUnmanagedDll += (_, library) => library == Name ? Mended.Value : 0;
        }
    }

    private static nint LoadMended()
    {
        if (Folders().Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists) is not { } path)
        {
            return 0;
        }

        var file = File.ReadAllBytes(path);
        if (!ElfVersionNeeds.Weaken(file, NamedVersion))
        {
            return 0;                                           // it is for something else that it was not loaded
        }

        // What it needs lies beside the file, not beside the copy in memory.
        foreach (var needed in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
        {
            _ = NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(path)!, needed), out _);
        }

        // In memory: an application's folder may be read only, and a file elsewhere could be changed by others.
        var descriptor = memfd_create(FileName, 0);
        if (descriptor < 0)
        {
            return 0;
        }

        try
        {
            return LinuxProcess.Write(descriptor, file) is null
                && NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out var handle) ? handle : 0;
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static IEnumerable<string> Folders()
        => ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string) ?? "").Split(Path.PathSeparator)
            .Append(AppContext.BaseDirectory)
            .Append(Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) ?? "")
            .Where(folder => folder.Length > 0);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
