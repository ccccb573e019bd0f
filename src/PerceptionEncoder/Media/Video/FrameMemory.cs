using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Memory in which a decoding process leaves frames for this one. It has no name, so that nothing is left of it when both are gone. This
/// side reads it as a file and never maps it: where a decoder gone wrong cuts it off, a read comes short, and a mapped page would end this
/// process.
/// </summary>
internal sealed partial class FrameMemory : IDisposable
{
    private const uint CloseInChildren = 1; // MFD_CLOEXEC
    private const long Kept = 1 << 26;      // bytes from clip to clip
    private readonly SafeFileHandle file;

    /// <exception cref="UserErrorException">The system gives none.</exception>
    public FrameMemory()
    {
        file = new SafeFileHandle(Create("frames", CloseInChildren), ownsHandle: true);
        if (file.IsInvalid)
        {
            throw new UserErrorException(
                $"No memory could be shared with a process that decodes clips ({Marshal.GetLastPInvokeErrorMessage()}).");
        }

        Path = $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}";
    }

    /// <summary>Where the other process finds it.</summary>
    public string Path { get; }

    /// <summary>Copies the first frames out of it.</summary>
    /// <exception cref="InvalidDataException">It ends before.</exception>
    public void Read(FrameArrays frames, int count)
    {
        long position = 0;
        for (var i = 0; i < count; i++)
        {
            for (var rest = frames[i]; !rest.IsEmpty;)
            {
                var got = RandomAccess.Read(file, rest, position);
                rest = got > 0 ? rest[got..] : throw new InvalidDataException("fewer frames than it says");
                position += got;
            }
        }

        if (RandomAccess.GetLength(file) > Kept)
        {
            RandomAccess.SetLength(file, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
