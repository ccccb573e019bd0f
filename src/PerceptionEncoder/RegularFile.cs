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
    private const int CurrentFolder = -100;
    private const uint TypeAlone = 1;
    private const int ModeAt = 28;                              // of 256 bytes
    private const int TypeBits = 0xF000;
    private const int RegularType = 0x8000;
    private const int FolderType = 0x4000;

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

    /// <summary>Whether a pipe, a socket or a device is there, or a link to one: nothing to be replaced by a file.</summary>
    public static bool IsSpecial(string path)
    {
        Span<byte> status = stackalloc byte[256];
        return OperatingSystem.IsLinux()
            && Status(CurrentFolder, path, 0, TypeAlone, status) == 0
            && (BitConverter.ToUInt16(status[ModeAt..]) & TypeBits) is not (RegularType or FolderType);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
