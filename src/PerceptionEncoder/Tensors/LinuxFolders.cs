using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>What .NET cannot do to a folder and a checkpoint needs. Elsewhere than on Linux flushing and swapping do nothing.</summary>
internal static partial class LinuxFolders
{
    private const int ReadOnlyDirectory = 0x10000;
    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;

    /// <summary>Less what the process's mask takes away.</summary>
    private const uint AllAccess = 0b111_111_111;

    /// <summary>Makes the names in a folder survive a power cut.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = open(folder, ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw new IOException($"{folder}: cannot be opened to flush it: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var failure = fsync(descriptor) == 0 ? null : Marshal.GetLastPInvokeErrorMessage();
        _ = close(descriptor);
        if (failure is not null)
        {
            throw new IOException($"{folder}: cannot be flushed to disk: {failure}");
        }
    }

    /// <summary>Makes a folder that was not there; a folder or link of that name is not taken for it.</summary>
    /// <exception cref="IOException">Something has the name, or the disk refuses.</exception>
    public static void CreateNew(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            Directory.CreateDirectory(folder);
        }
        else if (mkdir(folder, AllAccess) != 0)
        {
            throw new IOException($"{folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Swaps two names of one file system in one move; false where the system or file system cannot.</summary>
    public static bool TryExchange(string one, string other)
        => OperatingSystem.IsLinux() && renameat2(CurrentDirectory, one, CurrentDirectory, other, Exchange) == 0;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
