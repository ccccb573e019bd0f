using System.Runtime.InteropServices;
using System.Text;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// What a file promises by its packets, read by FFmpeg's libraries without decoding: for Matroska, AVI and others, which have no index that
/// tells how many frames there are.
/// </summary>
internal static unsafe class PacketIndex
{
    /// <param name="path">A file.</param>
    /// <param name="timeout">Of reading it.</param>
    /// <param name="cancellation">Looked at before each read of the file.</param>
    /// <returns>Null where the libraries are missing or cannot open the file, or it has not exactly one video stream.</returns>
    /// <exception cref="VideoException">The time is over.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ContainerPromise? Read(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        if (LibAv.Instance is not { } library)
        {
            return null;
        }

        using var deadline = new ClipDeadline(timeout, cancellation);
        var packet = library.AllocatePacket();
        LibAv.Format* file = null;
        nint bytes = 0;
        try
        {
            var isOpen = Open(library, path, deadline, &bytes, &file);
            deadline.ThrowIfOver();
            if (!isOpen || OnlyVideo(library, file) is not { } video)
            {
                return null;
            }

            var count = 0;
            for (; library.ReadPacket(file, packet) >= 0; library.ReleasePacket(packet))
            {
                deadline.ThrowIfOver();
                count += packet->Stream == video && packet->Size > 0 && (packet->Flags & LibAv.Discarded) == 0 ? 1 : 0;
            }

            deadline.ThrowIfOver();
            var stream = file->Streams[video];
            var upright = library.StreamSideData is null || library.StreamSideData(stream, LibAv.StreamMatrix, 0) == 0;
            var aspect = library.GuessAspectRatio(file, stream, 0);
            return count > 0
                ? new ContainerPromise(
                    Marshal.PtrToStringUTF8((nint)(*file->Demuxer))!.Split(',')[0],
                    count,
                    upright,
                    aspect is { Above: > 0, Below: > 0 } ? (aspect.Above, aspect.Below) : null)
                : null;
        }
        finally
        {
            library.FreePacket(&packet);
            library.CloseFile(&file);
            _ = library.CloseBytes(&bytes);
        }
    }

    /// <summary>
    /// False where the file is none of <see cref="VideoContainers"/>. What it has opened is closed by the caller, in any case.
    /// </summary>
    internal static bool Open(LibAv library, string path, ClipDeadline deadline, nint* bytes, LibAv.Format** file)
    {
        var interrupt = deadline.Interrupt;
        nint options = 0;
        fixed (byte* name = Encoding.UTF8.GetBytes($"{VideoContainers.Protocol}:{path}\0"),
            formats = "format_whitelist\0"u8, demuxers = Encoding.UTF8.GetBytes(VideoContainers.Demuxers + "\0"),
            protocols = "protocol_whitelist\0"u8, protocol = Encoding.UTF8.GetBytes(VideoContainers.Protocol + "\0"))
        {
            // Opened by itself, since that function takes the question as an argument; in a format it has no fixed place.
            if (library.OpenBytes(bytes, name, LibAv.ForReading, &interrupt, null) < 0)
            {
                return false;
            }

            *file = library.AllocateFormat();
            (*file)->Bytes = *bytes;
            library.SetEntry(&options, formats, demuxers, 0);
            library.SetEntry(&options, protocols, protocol, 0);
            var code = library.OpenFile(file, name, 0, &options);
            library.FreeEntries(&options);
            return code >= 0;
        }
    }

    /// <summary>Null where there are none or several, or it is a cover picture.</summary>
    internal static int? OnlyVideo(LibAv library, LibAv.Format* file)
    {
        int[] videos = [.. Enumerable.Range(0, (int)file->StreamCount).Where(stream => IsOf("v\0"u8, stream))];
        return videos is [var only] && IsOf("V\0"u8, only) ? only : null;

        bool IsOf(ReadOnlySpan<byte> kind, int stream)
        {
            fixed (byte* text = kind)
            {
                return library.MatchStream(file, file->Streams[stream], text) > 0;
            }
        }
    }
}
