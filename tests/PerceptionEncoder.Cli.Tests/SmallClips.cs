using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A set of clips in DAVIS' layout: a bright square on noise that moves a little from frame to frame.</summary>
internal static class SmallClips
{
    public const int Width = 64;
    public const int Height = 48;
    private const int Side = 16;

    /// <summary>Writes a clip with all its masks.</summary>
    /// <param name="data">The set's folder.</param>
    /// <param name="clip">Name.</param>
    /// <param name="frames">Number of them.</param>
    /// <param name="label">The square's index.</param>
    public static void Write(string data, string clip, int frames, byte label)
    {
        var (pictures, masks) = (Path.Combine(data, "JPEGImages", "480p", clip), Path.Combine(data, "Annotations", "480p", clip));
        Directory.CreateDirectory(pictures);
        Directory.CreateDirectory(masks);
        for (var frame = 0; frame < frames; frame++)
        {
            var mask = Mask(frame, label);
            byte[] noise = [.. Enumerable.Range(0, mask.Length).Select(place => (byte)(mask[place] > 0 ? 220 : place * 37 % 90))];
            File.WriteAllBytes(Path.Combine(pictures, $"{frame:00000}.png"), Grey(noise, Width, Height));
            File.WriteAllBytes(Path.Combine(masks, $"{frame:00000}.png"), Grey(mask, Width, Height));
        }
    }

    /// <summary>Where the square is.</summary>
    public static byte[] Mask(int frame, byte label)
    {
        var mask = new byte[Width * Height];
        for (var row = 8; row < 8 + Side; row++)
        {
            mask.AsSpan((row * Width) + 8 + (2 * frame), Side).Fill(label);
        }

        return mask;
    }

    /// <summary>A grey PNG file.</summary>
    public static byte[] Grey(byte[] pixels, int width, int height)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        Chunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels, row * width, width);
            }
        }

        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        var checksum = uint.MaxValue;
        foreach (var value in (byte[])[.. type, .. data])
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                checksum = (checksum >> 1) ^ ((checksum & 1) * 0xEDB88320);
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(number, ~checksum);
        file.Write(number);
    }
}
