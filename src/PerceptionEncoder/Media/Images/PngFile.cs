using System.Buffers.Binary;
using System.IO.Compression;
using ICSharpCode.SharpZipLib.Checksum;

namespace PerceptionEncoder.Media.Images;

/// <summary>The chunks of a PNG file (ISO/IEC 15948).</summary>
internal static class PngFile
{
    private const int ChunkFrame = 12;
    private const int ColourTypeAt = 9; // in IHDR
    private const int InterlaceAt = 12;
    private const int Indexed = 3;
    private const int MostPerPackedByte = 1032; // of deflate
    private static readonly PngPass[] Whole = [new(0, 1, 0, 1)];
    private static readonly PngPass[] Interlaced =
        [new(0, 8, 0, 8), new(4, 8, 0, 8), new(0, 4, 4, 8), new(2, 4, 0, 4), new(0, 2, 2, 4), new(1, 2, 0, 2), new(0, 1, 1, 2)];


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

        var header = new ImageHeader((int)width, (int)height, 3, Wide: bits == 16);
        return colourType switch
        {
            0 => header with { Channels = 1, Indexed = bits == 1 },
            2 => header,
            Indexed => header with { Indexed = true },
            4 => header with { Channels = 2 },
            6 => header with { Channels = 4 },
            _ => throw ImageFaults.Damaged($"PNG colour type {colourType}"),
        };
    }

    /// <summary>
    /// The default picture alone, which is the one PIL shows: header, palette, rows. The rows are unpacked here and stored as they are,
    /// because a decoder that gives up quietly where rows are missing would be trusted otherwise. What stands behind the last row may be
    /// missing or damaged, IEND above all, since PIL does not look at it.
    /// </summary>
    /// <param name="file">A PNG.</param>
    /// <param name="greyPalette">Give every index the grey of its number in place of its colour, so that indices can be read.</param>
    /// <returns>One file; of an interlaced picture a file for each of its passes, which are pictures of their own.</returns>
    /// <exception cref="ImageException">The picture itself is cut short or damaged.</exception>
    public static (byte[] File, PngPass Pass)[] DefaultPicture(ReadOnlySpan<byte> file, bool greyPalette = false)
    {
        using var packed = new MemoryStream();
        ReadOnlySpan<byte> palette = [];
        var whole = false;
        var cursor = new ByteCursor(file, Signature.Length);
        while (cursor.Left >= ChunkFrame)
        {
            var length = cursor.ReadUInt32BigEndian();
            var type = cursor.Take(4);
            whole = length + 4 <= cursor.Left;
            var data = cursor.Take(Math.Min(length, cursor.Left));
            if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(data);
            }

            if (!whole || type.SequenceEqual("IEND"u8))
            {
                break;
            }

            var checksum = cursor.ReadUInt32BigEndian();
            var isPalette = type.SequenceEqual("PLTE"u8);
            if ((isPalette || type.SequenceEqual("IHDR"u8)) && checksum != Checksum((byte[])[.. type, .. data]))
            {
                throw ImageFaults.Damaged("a PNG whose header or palette does not match its checksum");
            }

            palette = isPalette ? data : palette;
        }

        var header = new ByteCursor(file, Signature.Length + 8).Take(13).ToArray();
        var passes = header[InterlaceAt] == 0 ? Whole : Interlaced;
        var rows = Unpack(packed, passes.Sum(pass => RowBytes(header, pass)), whole, file.Length);
        var colours = header[ColourTypeAt] == Indexed ? ColourPalette.Complete(greyPalette ? [] : palette) : [];
        var parts = new List<(byte[] File, PngPass Pass)>();
        var at = 0;
        foreach (var pass in passes)
        {
            var length = (int)RowBytes(header, pass);
            if (length > 0)
            {
                parts.Add((Picture(header, pass, colours, rows.AsSpan(at, length)), pass));
                at += length;
            }
        }

        return [.. parts];
    }

    private static byte[] Picture(byte[] header, PngPass pass, byte[] palette, ReadOnlySpan<byte> rows)
    {
        var (width, height) = Size(header);
        byte[] own = [.. header];
        BinaryPrimitives.WriteInt32BigEndian(own, (int)pass.Columns(width));
        BinaryPrimitives.WriteInt32BigEndian(own.AsSpan(4), (int)pass.Rows(height));
        own[InterlaceAt] = 0;
        using var file = new MemoryStream(rows.Length + (rows.Length >> 8) + 2048);
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, own);
        if (palette.Length > 0)
        {
            WriteChunk(file, "PLTE"u8, palette);
        }

        WriteChunk(file, "IDAT"u8, Store(rows));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <param name="packed">The data of all IDAT.</param>
    /// <param name="length">Of the rows in bytes.</param>
    /// <param name="whole">Whether the checksum behind the rows must be there, too.</param>
    /// <param name="fileLength">For the message.</param>
    private static byte[] Unpack(MemoryStream packed, long length, bool whole, int fileLength)
    {
        if (length / MostPerPackedByte > packed.Length || length > Array.MaxLength)
        {
            throw ImageFaults.Truncated(fileLength);
        }

        var rows = GC.AllocateUninitializedArray<byte>((int)length);
        packed.Position = 0;
        try
        {
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
            unpacked.ReadExactly(rows);
            if (whole)
            {
                unpacked.ReadByte();
            }

            return rows;
        }
        catch (EndOfStreamException)
        {
            throw ImageFaults.Truncated(fileLength);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException) // the latter of a stream that asks for a dictionary
        {
            throw whole ? ImageFaults.Damaged(failure.Message) : ImageFaults.Truncated(fileLength);
        }
    }

    private static byte[] Store(ReadOnlySpan<byte> rows)
    {
        using var stored = new MemoryStream(rows.Length + (rows.Length >> 8) + 64);
        using (var zlib = new ZLibStream(stored, CompressionLevel.NoCompression, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return stored.ToArray();
    }

    /// <summary>What the rows of a pass take, a filter byte before each.</summary>
    private static long RowBytes(byte[] header, PngPass pass)
    {
        var (width, height) = Size(header);
        var columns = pass.Columns(width);
        var depth = header[8] * header[ColourTypeAt] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return columns == 0 ? 0 : pass.Rows(height) * (1 + (((columns * depth) + 7) / 8));
    }

    private static (uint Width, uint Height) Size(byte[] header)
        => (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)));

    /// <summary>Adds one chunk with its length and checksum.</summary>
    internal static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var start = (int)file.Length;
        file.Write(type);
        file.Write(data);
        var body = new ArraySegment<byte>(file.GetBuffer(), start, (int)file.Length - start);
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)Checksum(body));
        file.Write(number);
    }

    private static long Checksum(ArraySegment<byte> bytes)
    {
        var checksum = new Crc32();
        checksum.Update(bytes);
        return checksum.Value;
    }
}
