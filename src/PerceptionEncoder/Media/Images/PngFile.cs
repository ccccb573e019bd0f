using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Media.Images;

/// <summary>The chunks of a PNG file (ISO/IEC 15948).</summary>
internal static class PngFile
{
    private const int ChunkFrame = 12;
    private const int MostPerPackedByte = 1032; // of deflate
    private static readonly (int X, int StepX, int Y, int StepY)[] Passes =
        [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Size and colour type from IHDR.</summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Length);
        cursor.Take(4); // length, always 13
        if (!cursor.Take(4).SequenceEqual("IHDR"u8))
        {
            throw ImageFaults.Damaged("a PNG without IHDR");
        }

        var width = cursor.ReadUInt32BigEndian();
        var height = cursor.ReadUInt32BigEndian();
        var bits = cursor.ReadByte();
        var colourType = cursor.ReadByte();
        if (width > int.MaxValue || height > int.MaxValue)
        {
            throw ImageFaults.Damaged($"a size of {width}x{height}");
        }

        var header = new ImageHeader((int)width, (int)height, 3);
        return colourType switch
        {
            0 => header with { Channels = 1, Indexed = bits == 1 },
            2 => header,
            3 => header with { Indexed = true },
            4 => header with { Channels = 2 },
            6 => header with { Channels = 4 },
            _ => throw ImageFaults.Damaged($"PNG colour type {colourType}"),
        };
    }

    /// <summary>
    /// A file of the default picture alone, which is the one PIL shows: the chunks of an animation are left out. What stands behind the
    /// last row of the picture may be missing or damaged, IEND above all, since PIL does not look at it.
    /// </summary>
    /// <exception cref="ImageException">The picture itself is cut short.</exception>
    public static ReadOnlySpan<byte> DefaultPicture(ReadOnlySpan<byte> file)
    {
        using var still = new MemoryStream();
        using var packed = new MemoryStream();
        still.Write(Signature);
        var (animated, head) = (false, 0L);
        for (var cursor = new ByteCursor(file, Signature.Length); cursor.Left >= ChunkFrame;)
        {
            var start = cursor.Position;
            var length = cursor.ReadUInt32BigEndian();
            var type = cursor.Take(4);
            if (type.SequenceEqual("IDAT"u8))
            {
                head = head > 0 ? head : still.Length;
                packed.Write(file.Slice(cursor.Position, (int)Math.Min(length, cursor.Left)));
            }

            if (length + 4 > cursor.Left)
            {
                break;
            }

            cursor.Take(length + 4); // data and checksum
            if (type.SequenceEqual("acTL"u8) || type.SequenceEqual("fcTL"u8) || type.SequenceEqual("fdAT"u8))
            {
                animated = true;
                continue;
            }

            still.Write(file[start..cursor.Position]);
            if (type.SequenceEqual("IEND"u8))
            {
                return animated ? still.ToArray() : file;
            }
        }

        if (head == 0)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        still.SetLength(head);
        return WithRows(still, packed, file);
    }

    /// <summary>Closes a file behind its head with the rows that a broken one holds, packed anew.</summary>
    private static byte[] WithRows(MemoryStream head, MemoryStream packed, ReadOnlySpan<byte> file)
    {
        var length = RowBytes(file);
        if (length / MostPerPackedByte > packed.Length || length > Array.MaxLength)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        var rows = new byte[length];
        packed.Position = 0;
        try
        {
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
            unpacked.ReadExactly(rows);
        }
        catch (Exception failure) when (failure is EndOfStreamException or InvalidDataException)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        using var again = new MemoryStream();
        using (var zlib = new ZLibStream(again, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        head.Seek(0, SeekOrigin.End);
        WriteChunk(head, "IDAT"u8, again.ToArray());
        WriteChunk(head, "IEND"u8, []);
        return head.ToArray();
    }

    /// <summary>What the rows take, a filter byte before each; those of an interlaced picture in seven smaller pictures.</summary>
    private static long RowBytes(ReadOnlySpan<byte> file)
    {
        var header = new ByteCursor(file, Signature.Length + 8);
        var (width, height, bits, colourType) =
            (header.ReadUInt32BigEndian(), header.ReadUInt32BigEndian(), header.ReadByte(), header.ReadByte());
        header.Take(2); // compression and filter method
        var depth = bits * colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return header.ReadByte() == 0
            ? Rows(width, height)
            : Passes.Sum(pass => Rows(Steps(width, pass.X, pass.StepX), Steps(height, pass.Y, pass.StepY)));

        long Rows(long columns, long rows) => columns == 0 ? 0 : rows * (1 + (((columns * depth) + 7) / 8));

        static long Steps(long side, int first, int step) => (side - first + step - 1) / step;
    }

    /// <summary>CRC-32, bit by bit: for the rare file that is written anew.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
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

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var start = (int)file.Length;
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(file.GetBuffer().AsSpan(start, (int)file.Length - start)));
        file.Write(number);
    }
}
