using System.Buffers.Binary;
using System.Text;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Writes clips without loss and without an encoder: a QuickTime file (ISO/IEC 14496-12 and Apple's codec <c>png</c>) whose frames are PNG
/// pictures. The same frames give the same bytes.
/// </summary>
internal static class QuickTimeFile
{
    private const uint TimeScale = 600;
    private const int FirstTrack = 1;
    private static readonly uint[] Upright = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

    /// <summary>The bytes of a <c>.mov</c> file.</summary>
    /// <param name="frames">RGB, all of one size, at least one.</param>
    /// <param name="framesPerSecond">A divisor of 600.</param>
    /// <exception cref="ArgumentException">No frame, sizes that differ, or another rate.</exception>
    public static byte[] Encode(IReadOnlyList<DecodedImage> frames, int framesPerSecond)
    {
        if (frames.Count == 0
            || frames.Any(frame => (frame.Width, frame.Height) != (frames[0].Width, frames[0].Height))
            || framesPerSecond <= 0
            || TimeScale % framesPerSecond != 0)
        {
            throw new ArgumentException(
                $"{frames.Count} frames at {framesPerSecond} a second: give at least one, all of one size, at a divisor of {TimeScale}",
                nameof(frames));
        }

        var pictures = frames.Select(PngEncoder.Encode).ToArray();
        var type = Box("ftyp", "qt  "u8.ToArray(), Numbers(0), "qt  "u8.ToArray());
        var data = Box("mdat", pictures);
        var offset = type.Length + 8;
        return
        [
            .. type,
            .. data,
            .. Index(pictures, offset, (ushort)frames[0].Width, (ushort)frames[0].Height, TimeScale / (uint)framesPerSecond),
        ];
    }

    private static byte[] Index(byte[][] pictures, int offset, ushort width, ushort height, uint ticks)
    {
        var duration = ticks * (uint)pictures.Length;
        var description = Box(
            "png ",
            Numbers(0),
            Shorts(0, 1, 0, 0),
            Numbers(0, 0, 0),
            Shorts(width, height),
            Numbers(72 << 16, 72 << 16, 0),
            Shorts(1),
            new byte[32],
            Shorts(24, ushort.MaxValue));
        var table = Box(
            "stbl",
            Box("stsd", Numbers(0, 1), description),
            Box("stts", Numbers(0, 1, (uint)pictures.Length, ticks)),
            Box("stsc", Numbers(0, 1, 1, (uint)pictures.Length, 1)),
            Box("stsz", Numbers(0, 0, (uint)pictures.Length), Numbers([.. pictures.Select(picture => (uint)picture.Length)])),
            Box("stco", Numbers(0, 1, (uint)offset)));
        var information = Box(
            "minf",
            Box("vmhd", Numbers(1, 0, 0)),
            Box("dinf", Box("dref", Numbers(0, 1), Box("url ", Numbers(1)))),
            table);
        var media = Box(
            "mdia",
            Box("mdhd", Numbers(0, 0, 0, TimeScale, duration), Shorts(0, 0)),
            Box("hdlr", Numbers(0), "mhlrvide"u8.ToArray(), Numbers(0, 0, 0), [0]),
            information);
        var track = Box(
            "trak",
            Box(
                "tkhd",
                Numbers(0xF, 0, 0, FirstTrack, 0, duration, 0, 0),
                Shorts(0, 0, 0, 0),
                Numbers(Upright),
                Numbers((uint)width << 16, (uint)height << 16)),
            media);
        var movie = Box(
            "mvhd",
            Numbers(0, 0, 0, TimeScale, duration, 0x10000),
            Shorts(0x100, 0),
            Numbers(0, 0),
            Numbers(Upright),
            Numbers(0, 0, 0, 0, 0, 0, FirstTrack + 1));
        return Box("moov", movie, track);
    }

    private static byte[] Box(string type, params byte[][] contents)
    {
        var length = 8 + contents.Sum(content => content.Length);
        return [.. Numbers((uint)length), .. Encoding.ASCII.GetBytes(type), .. contents.SelectMany(content => content)];
    }

    private static byte[] Numbers(params uint[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return bytes;
    }

    private static byte[] Shorts(params ushort[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), values[i]);
        }

        return bytes;
    }
}
