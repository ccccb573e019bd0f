using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// What the index of an MP4 or QuickTime file promises (ISO/IEC 14496-12). Reading it here spares the start of a probing process, a third
/// of a short clip's time.
/// </summary>
internal static class Mp4Index
{
    private const int Header = 8;
    private const int SampleEntryHead = 78;
    private const int LargestIndex = 1 << 27;

    /// <summary>Levels below a track that are gone into; there are six, and a file of nothing but boxes in boxes is an attack.</summary>
    internal const int Deepest = 8;

    private static readonly string[] Containers = ["mdia", "minf", "stbl", "edts"];

    public static bool BeginsLikeMp4(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[Header];
        return file.ReadAtLeast(start, Header, throwOnEndOfStream: false) == Header && start[4..].SequenceEqual("ftyp"u8);
    }

    /// <summary>Null for another format, a fragmented or edited file, or a damaged index.</summary>
    public static ContainerPromise? Read(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[2 * Header];
        for (long position = 0; position + Header <= file.Length;)
        {
            file.Position = position;
            var got = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            var (type, start, length) = Box(header[..got], file.Length - position);
            if (length < start)
            {
                return null;
            }

            if (type == "moov" && length <= LargestIndex && position + length <= file.Length)
            {
                var index = new byte[length - start];
                file.Position = position + start;
                file.ReadExactly(index);
                return FirstVideoTrack(index);
            }

            position += length;
        }

        return null;
    }

    private static ContainerPromise? FirstVideoTrack(ReadOnlySpan<byte> index)
    {
        ContainerPromise? found = null;
        for (var rest = index; Next(ref rest, out var type, out var content);)
        {
            if (type == "mvex")
            {
                return null;
            }

            if (type != "trak")
            {
                continue;
            }

            var track = default(Track);
            Walk(content, ref track, 1);
            if (found is not null)
            {
                found = found with { Upright = found.Upright && !track.IsVideo };
            }
            else if (track is { IsVideo: true, Samples: > 0 })
            {
                found = new ContainerPromise(VideoContainers.QuickTime, track.Samples, track.IsUpright, track.PixelAspect, track.Size);
                if (track.EditStart > track.FirstDelay)
                {
                    return null; // the edit list cuts frames away
                }
            }
        }

        return found;
    }

    private static void Walk(ReadOnlySpan<byte> boxes, ref Track track, int depth)
    {
        while (depth <= Deepest && Next(ref boxes, out var type, out var content))
        {
            if (type == "hdlr" && content.Length >= 12 && content[8..12].SequenceEqual("vide"u8))
            {
                track.IsVideo = true;
            }
            else if (type == "tkhd" && content.Length > 0)
            {
                // Behind times, number and layer, whose length depends on the version: a b u c d v x y w, of which a and d scale, b and c
                // turn.
                var matrix = content[Math.Min(content.Length, content[0] == 0 ? 40 : 52)..];
                track.IsUpright = matrix.Length >= 20
                    && Fixed(matrix, 0) > 0
                    && Fixed(matrix, 1) == 0
                    && Fixed(matrix, 3) == 0
                    && Fixed(matrix, 4) == Fixed(matrix, 0);
            }
            else if (type == "stsd" && content.Length > Header)
            {
                // The first description of the samples, which is a box whose fixed fields stand before further boxes.
                var descriptions = content[Header..];
                if (Next(ref descriptions, out _, out var description) && description.Length >= SampleEntryHead)
                {
                    track.Size = (Short(description, 24), Short(description, 26));
                    Walk(description[SampleEntryHead..], ref track, depth + 1);
                }
            }
            else if (type == "pasp" && content.Length >= 8 && Fixed(content, 0) > 0 && Fixed(content, 1) > 0)
            {
                track.PixelAspect = (Fixed(content, 0), Fixed(content, 1));
            }
            else if (type is "stsz" or "stz2" && content.Length >= 12)
            {
                track.Samples = BinaryPrimitives.ReadInt32BigEndian(content[8..]);
            }
            else if (type == "elst" && content.Length >= 20)
            {
                // Version, flags and count; then for each edit its duration, start (-1 for a pause) and speed. A cut shows in a later start
                // or a second edit.
                var simple = content[0] == 0 && BinaryPrimitives.ReadInt32BigEndian(content[4..]) == 1;
                track.EditStart = simple ? BinaryPrimitives.ReadInt32BigEndian(content[12..]) : int.MaxValue;
            }
            else if (type == "ctts" && content.Length >= 16)
            {
                track.FirstDelay = BinaryPrimitives.ReadInt32BigEndian(content[12..]);
            }
            else if (Containers.Contains(type))
            {
                Walk(content, ref track, depth + 1);
            }
        }
    }

    private static int Fixed(ReadOnlySpan<byte> numbers, int index) => BinaryPrimitives.ReadInt32BigEndian(numbers[(4 * index)..]);

    private static int Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    /// <summary>The next box, which is taken off the front; false where none is left or it is longer than what is.</summary>
    internal static bool Next(ref ReadOnlySpan<byte> boxes, out string type, out ReadOnlySpan<byte> content)
    {
        type = "";
        content = [];
        if (boxes.Length < Header)
        {
            return false;
        }

        (type, var start, var length) = Box(boxes, boxes.Length);
        if (length < start || length > boxes.Length)
        {
            return false;
        }

        content = boxes[start..(int)length];
        boxes = boxes[(int)length..];
        return true;
    }

    private static (string Type, int Start, long Length) Box(ReadOnlySpan<byte> header, long toEnd)
    {
        var type = System.Text.Encoding.Latin1.GetString(header[4..Header]);
        return BinaryPrimitives.ReadUInt32BigEndian(header) switch
        {
            0 => (type, Header, toEnd),
            1 => header.Length >= 2 * Header
                ? (type, 2 * Header, BinaryPrimitives.ReadInt64BigEndian(header[Header..]))
                : (type, 2 * Header, 0),
            var length => (type, Header, length),
        };
    }

    private struct Track
    {
        public bool IsVideo;
        public bool IsUpright;
        public (int Width, int Height)? PixelAspect;
        public (int Width, int Height)? Size;
        public int Samples;
        public int EditStart;
        public int FirstDelay;
    }
}
