using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Size, length and codec of the first video track of an MP4 or QuickTime file (ISO/IEC 14496-12). Edits are not looked at: what is told is
/// what the file holds.
/// </summary>
internal static class Mp4Header
{
    private const int FullBox = 4;          // version and flags
    private const int SampleEntryHead = 78;
    private static readonly string[] Branches = ["mdia", "minf", "stbl"];

    /// <summary>Null where there is no index, or it says nothing of the frames because the file is fragmented.</summary>
    public static ClipHeader? Read(ReadOnlySpan<byte> file)
    {
        Track? found = null;
        var rest = file;
        while (Mp4Index.Next(ref rest, out var type, out var content))
        {
            if (type == "moov" && (found = FirstVideo(content)) is null)
            {
                return null;
            }
        }

        return found is not { } track ? null
            : new ClipHeader(VideoContainers.QuickTime, track.Codec, track.Shown.Width, track.Shown.Height, track.Seconds, track.Frames)
            {
                IsCut = rest.Length >= 8 && rest[4..].StartsWith("mdat"u8),     // a box of samples that is longer than what is left
            };
    }

    private static Track? FirstVideo(ReadOnlySpan<byte> index)
    {
        Track? found = null;
        for (var rest = index; Mp4Index.Next(ref rest, out var type, out var content);)
        {
            if (type == "mvex")
            {
                return null;
            }

            if (type == "trak" && found is null)
            {
                var track = new Track();
                Walk(content, track, 1);
                found = track is { IsVideo: true, Frames: > 0 } ? track : null;
            }
        }

        return found;
    }

    private static void Walk(ReadOnlySpan<byte> boxes, Track track, int depth)
    {
        while (depth <= Mp4Index.Deepest && Mp4Index.Next(ref boxes, out var type, out var content))
        {
            switch (type)
            {
                case "hdlr" when content.Length >= 12:
                    track.IsVideo |= content[8..12].SequenceEqual("vide"u8);        // QuickTime has another one, of the data
                    break;
                case "tkhd" when content.Length >= 88 || (content.Length >= 76 && content[0] == 0):
                    var matrix = content[(content[0] == 0 ? 40 : 52)..];
                    track.IsOnSide = Number(matrix, 0) == 0 && Number(matrix, 4) == 0 && Number(matrix, 1) != 0;
                    break;
                case "mdhd" when content.Length >= 32 || (content.Length >= 20 && content[0] == 0):
                    track.Seconds = content[0] == 0
                        ? Seconds(Unsigned(content[12..]), Unsigned(content[16..]), uint.MaxValue)
                        : Seconds(Unsigned(content[20..]), BinaryPrimitives.ReadUInt64BigEndian(content[24..]), ulong.MaxValue);
                    break;
                case "stsd" when content.Length > 2 * FullBox:
                    var descriptions = content[(2 * FullBox)..];
                    if (Mp4Index.Next(ref descriptions, out _, out var description) && description.Length >= SampleEntryHead)
                    {
                        track.Codec = ClipHeader.CodecOf(content.Slice(3 * FullBox, 4));
                        track.Stored = (Short(description, 24), Short(description, 26));
                        Walk(description[SampleEntryHead..], track, depth + 1);
                    }

                    break;
                case "pasp" when content.Length >= 8 && Number(content, 0) > 0 && Number(content, 1) > 0:
                    track.Aspect = (double)Number(content, 0) / Number(content, 1);
                    break;
                case "stsz" or "stz2" when content.Length >= 12:
                    track.Frames = Number(content, 2);
                    break;
                case var _ when Branches.Contains(type):
                    Walk(content, track, depth + 1);
                    break;
            }
        }
    }

    private static double Seconds(uint ticksPerSecond, ulong ticks, ulong unknown)
        => ticksPerSecond > 0 && ticks != unknown ? (double)ticks / ticksPerSecond : 0;

    private static int Number(ReadOnlySpan<byte> numbers, int index) => BinaryPrimitives.ReadInt32BigEndian(numbers[(4 * index)..]);

    private static uint Unsigned(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static int Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private sealed class Track
    {
        public bool IsVideo { get; set; }

        public bool IsOnSide { get; set; }

        public string Codec { get; set; } = "";

        public (int Width, int Height) Stored { get; set; }

        public double Aspect { get; set; } = 1;

        public double Seconds { get; set; }

        public int Frames { get; set; }

        /// <summary>As decoders' filters have it: turned first, then the columns stretched.</summary>
        public (int Width, int Height) Shown => IsOnSide
            ? (ClipHeader.Stretched(Stored.Height, 1 / Aspect), Stored.Width)
            : (ClipHeader.Stretched(Stored.Width, Aspect), Stored.Height);
    }
}
