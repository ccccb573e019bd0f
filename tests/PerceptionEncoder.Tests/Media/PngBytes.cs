using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Tests.Media;

/// <summary>Writes PNG files of every colour type and depth, so that decoder tests need no files.</summary>
internal static class PngBytes
{
    public const byte Grey = 0;
    public const byte Rgb = 2;
    public const byte Palette = 3;
    public const byte GreyAlpha = 4;
    public const byte Rgba = 6;

    /// <param name="rows">Packed scan lines of one picture, one after the other.</param>
    /// <param name="extra">Chunks between header and data: type and content.</param>
    public static byte[] Write(int width, int height, byte bits, byte colourType, ReadOnlySpan<byte> rows, params (string Type, byte[] Data)[] extra)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var row = rows.Length / height;
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // no filter
                zlib.Write(rows.Slice(y * row, row));
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = bits;
        header[9] = colourType;
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach (var (type, data) in extra.Prepend(("IHDR", header)).Append(("IDAT", compressed.ToArray())).Append(("IEND", [])))
        {
            Chunk(file, type, data);
        }

        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
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
