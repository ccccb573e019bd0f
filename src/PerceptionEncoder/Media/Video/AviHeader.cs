using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Video;

/// <summary>Size, length and codec of the first video stream of an AVI file, by the list at its beginning.</summary>
internal static class AviHeader
{
    private const int ChunkHead = 8;
    private const int ListHead = 12;

    public static bool Is(ReadOnlySpan<byte> file) => file.Length > ListHead && file.StartsWith("RIFF"u8) && file[8..].StartsWith("AVI "u8);

    /// <summary>Null where there is no video stream.</summary>
    public static ClipHeader? Read(ReadOnlySpan<byte> file)
    {
        var (codec, width, height, seconds, frames) = ("", 0, 0, 0.0, 0);
        var isVideo = false;
        for (var at = ListHead; at + ChunkHead <= file.Length;)
        {
            var name = file.Slice(at, 4);
            var length = Number(file, at + 4);
            if (name.SequenceEqual("LIST"u8))
            {
                if (file.Length >= at + ListHead && file.Slice(at + ChunkHead, 4).SequenceEqual("movi"u8))
                {
                    break;                                          // the frames themselves
                }

                at += ListHead;                                     // lists are gone into
                continue;
            }

            if (length > file.Length - at - ChunkHead)
            {
                break;
            }

            var content = file.Slice(at + ChunkHead, (int)length);
            if (name.SequenceEqual("strh"u8) && length >= 36)
            {
                if (width > 0)
                {
                    break;                                          // a second stream
                }

                isVideo = content.StartsWith("vids"u8);
                var (scale, rate, count) = (Number(content, 20), Number(content, 24), Number(content, 32));
                (frames, seconds) = isVideo ? ((int)Math.Min(count, int.MaxValue), rate > 0 ? (double)count * scale / rate : 0) : (0, 0);
            }
            else if (name.SequenceEqual("strf"u8) && isVideo && length >= 20)
            {
                width = (int)Number(content, 4);
                height = (int)Math.Min(int.MaxValue, Math.Abs((long)(int)Number(content, 8)));     // negative: the top row comes first
                codec = ClipHeader.CodecOf(content.Slice(16, 4));
            }
            else if (name.SequenceEqual("vprp"u8) && width > 0 && length >= 32)
            {
                // Proportions of the whole picture, and the pixels that it has.
                var (down, across, columns, rows) = (Short(content, 20), Short(content, 22), Number(content, 24), Number(content, 28));
                width = down > 0 && across > 0 && columns > 0 && rows > 0
                    ? ClipHeader.Stretched(width, (double)across / down * rows / columns)
                    : width;
            }

            at += ChunkHead + (int)length + ((int)length & 1);
        }

        return width <= 0 ? null : new ClipHeader("avi", codec, width, height, seconds, frames)
        {
            IsCut = Number(file, 4) > file.Length - ChunkHead,
        };
    }

    private static int Short(ReadOnlySpan<byte> content, int at) => BinaryPrimitives.ReadUInt16LittleEndian(content[at..]);

    private static uint Number(ReadOnlySpan<byte> content, int at) => BinaryPrimitives.ReadUInt32LittleEndian(content[at..]);
}
