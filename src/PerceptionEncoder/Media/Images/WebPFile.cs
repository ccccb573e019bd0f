namespace PerceptionEncoder.Media.Images;

/// <summary>The first chunk of a WebP file (RFC 9649).</summary>
internal static class WebPFile
{
    public static ReadOnlySpan<byte> Signature => "RIFF"u8;

    public static ReadOnlySpan<byte> FormType => "WEBP"u8;

    /// <summary>Size and alpha flag; also that the file is as long as its container says.</summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, 4);
        var length = cursor.ReadUInt32LittleEndian();
        cursor.Take(4); // form type
        var chunk = cursor.Take(4);
        cursor.Take(4); // length of the chunk
        var header = chunk.SequenceEqual("VP8 "u8) ? Lossy(ref cursor)
            : chunk.SequenceEqual("VP8L"u8) ? Lossless(ref cursor)
            : chunk.SequenceEqual("VP8X"u8) ? Extended(ref cursor)
            : throw ImageFaults.Damaged("a WebP without picture data");
        return length <= file.Length - 8 ? header : throw ImageFaults.Truncated(file.Length);
    }

    private static ImageHeader Lossy(ref ByteCursor cursor)
    {
        cursor.Take(3); // frame tag
        if (!cursor.Take(3).SequenceEqual((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
        {
            throw ImageFaults.Damaged("a WebP without a key frame");
        }

        // The two top bits are scaling hints for players.
        return new ImageHeader(cursor.ReadUInt16LittleEndian() & 0x3FFF, cursor.ReadUInt16LittleEndian() & 0x3FFF, 3);
    }

    private static ImageHeader Lossless(ref ByteCursor cursor)
    {
        if (cursor.ReadByte() != 0x2F)
        {
            throw ImageFaults.Damaged("a lossless WebP without its signature");
        }

        var bits = cursor.ReadUInt32LittleEndian();
        return new ImageHeader((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1, (bits >> 28 & 1) != 0 ? 4 : 3);
    }

    private static ImageHeader Extended(ref ByteCursor cursor)
    {
        const int AlphaFlag = 0x10;
        var flags = cursor.ReadUInt32LittleEndian();
        var width = cursor.ReadUInt16LittleEndian() | cursor.ReadByte() << 16;
        var height = cursor.ReadUInt16LittleEndian() | cursor.ReadByte() << 16;
        return new ImageHeader(width + 1, height + 1, (flags & AlphaFlag) != 0 ? 4 : 3);
    }
}
