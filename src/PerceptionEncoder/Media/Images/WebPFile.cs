namespace PerceptionEncoder.Media.Images;

/// <summary>The chunks of a WebP file (RFC 9649).</summary>
internal static class WebPFile
{
    private const int AlphaFlag = 0x10;

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

    /// <summary>
    /// A file of the first picture alone, without profile and metadata, and its place on the canvas. Around it the canvas is black and
    /// transparent, as in PIL, whatever background an animation names.
    /// </summary>
    /// <exception cref="ImageException">There is no picture, or it reaches beyond its canvas.</exception>
    public static FirstPicture FirstPicture(ReadOnlySpan<byte> file, ImageHeader header)
    {
        var place = new PixelBox(0, 0, header.Width, header.Height);
        var cursor = new ByteCursor(file, 12);
        ReadOnlySpan<byte> alpha = [];
        while (true)
        {
            var start = cursor.Position;
            var type = cursor.Take(4);
            var length = cursor.ReadUInt32LittleEndian();
            if (type.SequenceEqual("ANMF"u8))
            {
                place = Place(ref cursor);
                if (place.Left + place.Width > header.Width || place.Top + place.Height > header.Height)
                {
                    throw ImageFaults.Damaged("a WebP frame that reaches beyond its canvas");
                }

                continue; // its chunks follow
            }

            cursor.Take(length);
            var chunk = file[start..cursor.Position];
            var lossy = type.SequenceEqual("VP8 "u8);
            if (lossy || type.SequenceEqual("VP8L"u8))
            {
                var data = new ByteCursor(chunk, 8);
                var picture = lossy ? Lossy(ref data) : Lossless(ref data);
                if ((picture.Width, picture.Height) != (place.Width, place.Height))
                {
                    throw ImageFaults.Damaged(
                        $"a WebP picture of {picture.Width}x{picture.Height} where {place.Width}x{place.Height} are announced");
                }

                return new FirstPicture(Alone(alpha, chunk, place), place);
            }

            alpha = type.SequenceEqual("ALPH"u8) ? chunk : alpha;
            cursor.Take(length & 1); // chunks begin at even places
        }
    }

    private static PixelBox Place(ref ByteCursor cursor)
    {
        var (left, top) = (2 * ReadUInt24(ref cursor), 2 * ReadUInt24(ref cursor));
        var (width, height) = (ReadUInt24(ref cursor) + 1, ReadUInt24(ref cursor) + 1);
        cursor.Take(4); // duration and flags
        return new PixelBox(left, top, width, height);
    }

    private static byte[] Alone(ReadOnlySpan<byte> alpha, ReadOnlySpan<byte> picture, PixelBox place)
    {
        byte[] size = [.. UInt24(place.Width - 1), .. UInt24(place.Height - 1)];
        byte[] extended = alpha.IsEmpty ? [] : [.. "VP8X"u8, 10, 0, 0, 0, AlphaFlag, 0, 0, 0, .. size];
        byte[] chunks = [.. FormType, .. extended, .. alpha, .. Padding(alpha), .. picture, .. Padding(picture)];
        return [.. Signature, .. BitConverter.GetBytes(chunks.Length), .. chunks];
    }

    private static ReadOnlySpan<byte> Padding(ReadOnlySpan<byte> chunk) => (chunk.Length & 1) == 0 ? [] : [0];

    private static byte[] UInt24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    private static int ReadUInt24(ref ByteCursor cursor) => cursor.ReadUInt16LittleEndian() | cursor.ReadByte() << 16;

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
        var flags = cursor.ReadUInt32LittleEndian();
        return new ImageHeader(ReadUInt24(ref cursor) + 1, ReadUInt24(ref cursor) + 1, (flags & AlphaFlag) != 0 ? 4 : 3);
    }
}
