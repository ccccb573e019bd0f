using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Writes PNG files whose pixels are numbers, as masks and depths are published; shared by both test projects.</summary>
internal static class NumberPng
{
    private const byte Grey = 0;
    private const byte Palette = 3;

    /// <summary>8-bit indices into a palette of reds.</summary>
    public static byte[] Indexed(int width, int height, params byte[] indices)
    {
        var palette = Enumerable.Range(0, 256).SelectMany(index => new byte[] { (byte)(255 - index), 7, 7 }).ToArray();
        return File(width, height, 8, Palette, palette, indices);
    }

    /// <summary>8-bit grey.</summary>
    public static byte[] Bytes(int width, int height, params byte[] values) => File(width, height, 8, Grey, [], values);

    /// <summary>16-bit grey.</summary>
    public static byte[] Words(int width, int height, params ushort[] values)
        => File(width, height, 16, Grey, [], [.. values.SelectMany(value => new[] { (byte)(value >> 8), (byte)value })]);

    private static byte[] File(int width, int height, byte bits, byte kind, byte[] palette, byte[] pixels)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, kind);
        using var packed = new MemoryStream();
        using (var rows = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var row in pixels.Chunk(width * bits / 8))
            {
                rows.WriteByte(0);                                    // no filter
                rows.Write(row);
            }
        }

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(file, "IHDR"u8, header);
        if (palette.Length > 0)
        {
            Chunk(file, "PLTE"u8, palette);
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
        byte[] body = [.. type, .. data];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(body));
        file.Write(number);
    }

    private static uint Checksum(byte[] bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
            }
        }

        return ~sum;
    }
}
