using System.Runtime.InteropServices;
using System.Text;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Reads the vectors of a clip out of FFmpeg's decoders, inside this process: those of H.264, MPEG-4, MPEG-1 and 2 and their like, whose
/// decoders hand them out; others have none.
/// </summary>
/// <remarks>
/// Vectors are as the encoder found them: they may point to a frame other than the one before, and where its search failed there are none.
/// Over a clip that evens out.
/// </remarks>
internal static unsafe class MotionVectors
{
    /// <param name="path">A file.</param>
    /// <param name="timeout">Of reading it.</param>
    /// <param name="cancellation">Looked at between two packets.</param>
    /// <returns>
    /// Null where the libraries are missing or of an unknown version, the codec gives no vectors, or the clip cannot be read.
    /// </returns>
    /// <exception cref="VideoException">The time is over.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ClipMotion? Read(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        if (LibAv.Instance is not { } library
            || LibAvDecoder.Instance is not { } decoder
            || LengthOf(path) > InProcessDecode.LargestFile)
        {
            return null;
        }

        using var deadline = new ClipDeadline(timeout, cancellation);
        var packet = library.AllocatePacket();
        var frame = library.AllocateFrame();
        LibAv.Format* file = null;
        nint bytes = 0, context = 0;
        try
        {
            var isOpen = PacketIndex.Open(library, path, deadline, &bytes, &file);
            deadline.ThrowIfOver();
            if (!isOpen
                || PacketIndex.OnlyVideo(library, file) is not { } video
                || decoder.ParametersOf(file->Streams[video]) is not (var codec, var parameters)
                || !Start(library, decoder, codec, parameters, &context))
            {
                return null;
            }

            var sum = new Sum();
            for (; library.ReadPacket(file, packet) >= 0; library.ReleasePacket(packet))
            {
                deadline.ThrowIfOver();
                if (packet->Stream == video && decoder.Send(context, packet) >= 0)
                {
                    Receive(library, decoder, context, frame, ref sum);
                }
            }

            deadline.ThrowIfOver();
            if (decoder.Send(context, null) >= 0)               // gives out the frames that it has kept
            {
                Receive(library, decoder, context, frame, ref sum);
            }

            return sum.Motion();
        }
        finally
        {
            library.FreePacket(&packet);
            library.FreeFrame(&frame);
            decoder.Free(&context);
            library.CloseFile(&file);
            _ = library.CloseBytes(&bytes);
        }
    }

    private static long LengthOf(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return file.Length;
    }

    private static bool Start(LibAv library, LibAvDecoder decoder, int codec, nint parameters, nint* context)
    {
        var found = decoder.Find(codec);
        if (found == 0)
        {
            return false;
        }

        *context = decoder.Allocate(found);
        if (*context == 0 || decoder.SetParameters(*context, parameters) < 0)
        {
            return false;
        }

        Set("export_side_data", "+mvs");
        Set("flags2", "+export_mvs");
        Set("threads", "1");
        Set("skip_loop_filter", "all");                         // smooths pixels, which nobody looks at here
        return decoder.Open(*context, found, null) >= 0;

        void Set(string name, string value)
        {
            fixed (byte* nameText = Encoding.UTF8.GetBytes(name + "\0"), valueText = Encoding.UTF8.GetBytes(value + "\0"))
            {
                _ = library.SetOption(*context, nameText, valueText, 0);
            }
        }
    }

    private static void Receive(LibAv library, LibAvDecoder decoder, nint context, LibAv.Frame* frame, ref Sum sum)
    {
        for (; decoder.Receive(context, frame) >= 0; library.ReleaseFrame(frame))
        {
            var data = (LibAvDecoder.SideData*)library.FrameSideData(frame, LibAvDecoder.MotionVectors);
            if (data is not null && frame->Width > 0 && frame->Height > 0)
            {
                var vectors = MemoryMarshal.Cast<byte, LibAvDecoder.Vector>(new ReadOnlySpan<byte>(data->Data, data->Size));
                sum.Add(vectors, Math.Min(frame->Width, frame->Height));
            }
        }
    }

    private struct Sum
    {
        private double magnitude;
        private double variance;
        private int frames;

        public void Add(ReadOnlySpan<LibAvDecoder.Vector> vectors, double side)
        {
            var (area, length, squares, x, y) = (0.0, 0.0, 0.0, 0.0, 0.0);
            foreach (var vector in vectors)
            {
                if (vector.Source >= 0 || vector.Scale == 0)
                {
                    continue;
                }

                var weight = (double)vector.Width * vector.Height;
                var (right, down) = (vector.X / (vector.Scale * side), vector.Y / (vector.Scale * side));
                var square = (right * right) + (down * down);
                area += weight;
                length += weight * Math.Sqrt(square);
                squares += weight * square;
                x += weight * right;
                y += weight * down;
            }

            if (area > 0)
            {
                magnitude += length / area;
                variance += Math.Max(0, (squares / area) - (((x * x) + (y * y)) / (area * area)));
                frames++;
            }
        }

        public readonly ClipMotion? Motion() => frames == 0 ? null : new ClipMotion(magnitude / frames, variance / frames, frames);
    }
}
