namespace PerceptionEncoder.Media;

/// <summary>The chunks of a PNG file (ISO/IEC 15948).</summary>
internal static class PngFile
{
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

    /// <summary>Follows the chunks to IEND.</summary>
    public static void RequireComplete(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Length);
        while (true)
        {
            var length = cursor.ReadUInt32BigEndian();
            var type = cursor.Take(4);
            cursor.Take(length + 4); // data and checksum
            if (type.SequenceEqual("IEND"u8))
            {
                return;
            }
        }
    }
}
