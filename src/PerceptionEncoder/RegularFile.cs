using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PerceptionEncoder;

/// <summary>
/// Opens files of which nobody knows what they are: a named pipe is refused, where an ordinary open waits for somebody to write. Whoever
/// writes to the file meanwhile may.
/// </summary>
internal static partial class RegularFile
{
    // Of Linux, on every processor that .NET knows.
    private const int ReadWithoutWaiting = 0x800;
    private const int CloseInChildren = 0x80000;

    /// <exception cref="IOException">Missing, or no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder, or not readable.</exception>
    public static FileStream OpenRead(string path)
    {
        if (OperatingSystem.IsLinux()
            && !Directory.Exists(path)
            && Open(path, ReadWithoutWaiting | CloseInChildren) is >= 0 and var descriptor)
        {
            var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read);
            if (file.CanSeek)
            {
                return file;
            }

            file.Dispose();
            throw new IOException("it is a pipe or a device, not a regular file");
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
