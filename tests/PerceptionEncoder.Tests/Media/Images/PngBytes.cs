using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Writes PNG files of every colour type and depth, so that decoder tests need no files.</summary>
internal static class PngBytes
{
    public const byte Grey = 0;
    public const byte Rgb = 2;
    public const byte Palette = 3;
    public const byte GreyAlpha = 4;
    public const byte Rgba = 6;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="rows">Packed scan lines of one picture, one after the other.</param>
    /// <param name="extra">Chunks between header and data: type and content.</param>
    public static byte[] Write(
        int width,
        int height,
        byte bits,
        byte colourType,
        ReadOnlySpan<byte> rows,
        params (string Type, byte[] Data)[] extra)
        =>
        [
            .. Signature, .. Header(width, height, bits, colourType, interlaced: false), .. extra
                .SelectMany(chunk => Chunk(chunk.Type, chunk.Data)),
            .. Chunk("IDAT", Pack(rows, height)), .. Chunk("IEND", []),
        ];

    /// <summary>An interlaced picture (Adam7).</summary>
    /// <param name="passes">Of all seven passes: each row behind its filter byte.</param>
    public static byte[] WriteInterlaced(int width, int height, byte bits, byte colourType, byte[] passes)
        => [
            .. Signature,
            .. Header(width, height, bits, colourType, interlaced: true),
            .. Chunk("IDAT", Compress(passes)),
            .. Chunk("IEND", []),
        ];

    /// <summary>Rows of one picture as the data of IDAT.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> rows, int height)
    {
        var row = rows.Length / height;
        var filtered = new byte[rows.Length + height];
        for (var y = 0; y < height; y++)
        {
            rows.Slice(y * row, row).CopyTo(filtered.AsSpan((y * (row + 1)) + 1)); // behind a 0: no filter
        }

        return Compress(filtered);
    }

    /// <summary>Length, type, content, checksum.</summary>
    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        return [.. Number((uint)data.Length), .. body, .. Number(Crc(body))];
    }

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Header(int width, int height, byte bits, byte colourType, bool interlaced)
        => Chunk("IHDR", [.. Number((uint)width), .. Number((uint)height), bits, colourType, 0, 0, interlaced ? (byte)1 : (byte)0]);

    private static byte[] Compress(byte[] filtered)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(filtered);
        }

        return compressed.ToArray();
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }
}
