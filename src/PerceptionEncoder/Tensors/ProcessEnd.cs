using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>Ends the process from any thread while others are in native code, which cannot be interrupted.</summary>
public static partial class ProcessEnd
{
    /// <summary>Ends it at once: nothing is run down, because libtorch's threads may still compute. Files that were flushed are whole.</summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        _exit(exitCode);
    }

    [LibraryImport("libc")]
    private static partial void _exit(int status);
}
