using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>Native libraries whose symbols others must find, which .NET's own loading does not give.</summary>
internal static partial class LinuxLibrary
{
    /// <summary>Opens a library; 0 where it cannot be.</summary>
    /// <param name="name">File or name.</param>
    /// <param name="flags">Of dlopen.</param>
    public static nint Open(string name, int flags) => OperatingSystem.IsLinux() ? dlopen(name, flags) : 0;

    /// <summary>The address of a symbol; 0 where it is not there.</summary>
    public static nint Find(nint library, string symbol) => dlsym(library, symbol);

    /// <summary>The loader's own words on what went wrong last.</summary>
    public static string Problem()
        => !OperatingSystem.IsLinux() ? "only Linux is supported" : Marshal.PtrToStringUTF8(dlerror()) ?? "no reason given";

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string name, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlsym(nint library, string symbol);

    [LibraryImport("libc")]
    private static partial nint dlerror();
}
