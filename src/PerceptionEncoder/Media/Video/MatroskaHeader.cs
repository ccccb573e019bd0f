using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Size, length and codec of the first video track of a Matroska or WebM file (RFC 9559), and its frames, which are counted block by block
/// since no header tells.
/// </summary>
internal static class MatroskaHeader
{
    private const uint Ebml = 0x1A45DFA3;
    private const uint TimestampScale = 0x2AD7B1;
    private const uint Duration = 0x4489;
    private const uint TrackEntry = 0xAE;
    private const uint TrackNumber = 0xD7;
    private const uint TrackType = 0x83;
    private const uint CodecIdentifier = 0x86;
    private const uint CodecPrivate = 0x63A2;
    private const uint PixelWidth = 0xB0;
    private const uint PixelHeight = 0xBA;
    private const uint DisplayWidth = 0x54B0;
    private const uint DisplayHeight = 0x54BA;
    private const uint SimpleBlock = 0xA3;
    private const uint Block = 0xA1;
    private const ulong IsVideo = 1;
    private const double NanosecondsPerSecond = 1e9;

    // Elements whose content is elements: they are gone into, so that one whose length is not known ends where its last child does.
    private static readonly uint[] Branches = [0x18538067, 0x1549A966, 0x1654AE6B, TrackEntry, 0xE0, 0x1F43B675, 0xA0];

    public static bool Is(ReadOnlySpan<byte> file) => file.Length > 4 && BinaryPrimitives.ReadUInt32BigEndian(file) == Ebml;

    /// <summary>Null where there is no video track.</summary>
    public static ClipHeader? Read(ReadOnlySpan<byte> file)
    {
        Track? video = null, track = null;
        var (scale, duration, frames, isCut) = (1e6, 0.0, 0, false);
        for (var at = 0; Next(file, ref at, out var id, out var length);)
        {
            if (Branches.Contains(id))
            {
                track = id == TrackEntry ? new Track() : track;
                continue;
            }

            if (length > (ulong)(file.Length - at))
            {
                isCut = true;
                break;
            }

            var content = file.Slice(at, (int)length);
            at += content.Length;
            switch (id)
            {
                case TimestampScale:
                    scale = Unsigned(content);
                    break;
                case Duration:
                    duration = Real(content);
                    break;
                case SimpleBlock or Block:
                    frames += video is not null && content.Length > 0 && Vint(content, 0, keepMark: false).Value == video.Number ? 1 : 0;
                    break;
                default:
                    track?.Take(id, content);
                    video ??= track is { Type: IsVideo, Number: > 0 } ? track : null;
                    break;
            }
        }

        return video is null ? null : new ClipHeader(
            "matroska",
            video.Codec,
            video.Shown.Width,
            video.Shown.Height,
            double.IsFinite(duration) && duration > 0 ? duration * scale / NanosecondsPerSecond : 0,
            frames) { IsCut = isCut };
    }

    /// <summary>The head of the next element; its place is then that of its content.</summary>
    private static bool Next(ReadOnlySpan<byte> file, ref int at, out uint id, out ulong length)
    {
        (id, length) = (0, 0);
        var (identifier, identifierLength) = Vint(file, at, keepMark: true);
        if (identifierLength is 0 or > 4)
        {
            return false;
        }

        var (size, sizeLength) = Vint(file, at + identifierLength, keepMark: false);
        if (sizeLength == 0)
        {
            return false;
        }

        at += identifierLength + sizeLength;
        (id, length) = ((uint)identifier, size);
        return true;
    }

    /// <summary>A number whose first byte tells how many follow; of no bytes where the file ends first or it is none.</summary>
    private static (ulong Value, int Length) Vint(ReadOnlySpan<byte> file, int at, bool keepMark)
    {
        if (at >= file.Length || file[at] == 0)
        {
            return (0, 0);
        }

        var length = 1 + System.Numerics.BitOperations.LeadingZeroCount((uint)file[at]) - 24;
        if (length > file.Length - at)
        {
            return (0, 0);
        }

        var value = keepMark ? file[at] : (ulong)(file[at] & ((1 << (8 - length)) - 1));
        foreach (var next in file.Slice(at + 1, length - 1))
        {
            value = (value << 8) | next;
        }

        return (value, length);
    }

    private static ulong Unsigned(ReadOnlySpan<byte> content)
    {
        var value = 0UL;
        foreach (var next in content)
        {
            value = (value << 8) | next;
        }

        return value;
    }

    private static double Real(ReadOnlySpan<byte> content) => content.Length switch
    {
        4 => BinaryPrimitives.ReadSingleBigEndian(content),
        8 => BinaryPrimitives.ReadDoubleBigEndian(content),
        _ => 0,
    };

    private sealed class Track
    {
        private (ulong Width, ulong Height) stored;
        private (ulong Width, ulong Height) displayed;
        private string codec = "";
        private string? own;

        public ulong Number { get; private set; }

        public ulong Type { get; private set; }

        /// <summary>That of AVI where the file leaves it to its header, which the codec's own part then holds.</summary>
        public string Codec => own is { } four && codec == "v_ms/vfw/fourcc" ? four : codec;

        /// <summary>Rows as stored, columns by the proportions of display.</summary>
        public (int Width, int Height) Shown
        {
            get
            {
                var (width, height) = ((int)Math.Min(stored.Width, int.MaxValue), (int)Math.Min(stored.Height, int.MaxValue));
                return displayed is { Width: > 0, Height: > 0 } && width > 0
                    ? (ClipHeader.Stretched(width, (double)displayed.Width / displayed.Height * height / width), height)
                    : (width, height);
            }
        }

        public void Take(uint id, ReadOnlySpan<byte> content)
        {
            switch (id)
            {
                case TrackNumber:
                    Number = Unsigned(content);
                    break;
                case TrackType:
                    Type = Unsigned(content);
                    break;
                case CodecIdentifier:
                    codec = ClipHeader.CodecOf(content);
                    break;
                case CodecPrivate when content.Length >= 20:
                    own = ClipHeader.CodecOf(content.Slice(16, 4));
                    break;
                case PixelWidth:
                    stored.Width = Unsigned(content);
                    break;
                case PixelHeight:
                    stored.Height = Unsigned(content);
                    break;
                case DisplayWidth:
                    displayed.Width = Unsigned(content);
                    break;
                case DisplayHeight:
                    displayed.Height = Unsigned(content);
                    break;
            }
        }
    }
}
