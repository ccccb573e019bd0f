using System.Runtime.InteropServices;

namespace PerceptionEncoder.Serialization;

/// <summary>Makes a rename survive a power cut: on Linux the folder itself has to be flushed.</summary>
internal static partial class DirectoryFlush
{
    private const int ReadOnlyDirectory = 0x10000;

    public static void ToDisk(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw new IOException($"{folder}: cannot be opened to flush it (error {Marshal.GetLastPInvokeError()})");
        }

        var failed = Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
        {
            throw new IOException($"{folder}: cannot be flushed to disk (error {error})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
