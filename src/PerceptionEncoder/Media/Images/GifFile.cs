namespace PerceptionEncoder.Media.Images;

/// <summary>The blocks of a GIF file up to its first picture (GIF89a).</summary>
internal static class GifFile
{
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte ImageDescriptor = 0x2C;
    private const byte Trailer = 0x3B;

    public static ReadOnlySpan<byte> Signature => "GIF8"u8;

    /// <summary>Size of the canvas and kind of palette; also that the first picture is all there.</summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file) => Read(file).Header;

    /// <summary>
    /// A file of the first picture alone, in which no index is transparent: the native decoder would paint those pixels with the
    /// background, PIL shows their palette colour.
    /// </summary>
    public static byte[] FirstPicture(ReadOnlySpan<byte> file)
    {
        var (_, control, end) = Read(file);
        var alone = new byte[end + 1];
        file[..end].CopyTo(alone);
        alone[end] = Trailer;
        if (control != 0)
        {
            alone[control] &= 0xFE;
        }

        return alone;
    }

    /// <returns>The header, where the flags of the first picture's control block are (0 for none), and where its data ends.</returns>
    private static (ImageHeader Header, int Control, int End) Read(ReadOnlySpan<byte> file)
    {
        var control = 0;
        var cursor = new ByteCursor(file, 6);
        var width = cursor.ReadUInt16LittleEndian();
        var height = cursor.ReadUInt16LittleEndian();
        var flags = cursor.ReadByte();
        cursor.Take(2); // background and pixel aspect
        var palette = Palette(ref cursor, flags);
        while (true)
        {
            switch (cursor.ReadByte())
            {
                case Extension:
                    control = cursor.ReadByte() == GraphicControl ? cursor.Position + 1 : control;
                    SkipSubBlocks(ref cursor);
                    break;
                case ImageDescriptor:
                    cursor.Take(8); // place on the canvas
                    var local = Palette(ref cursor, cursor.ReadByte());
                    cursor.Take(1); // code size
                    SkipSubBlocks(ref cursor);
                    var indexed = !ImageHeader.IsGreyRamp(local.IsEmpty ? palette : local, 3);
                    return (new ImageHeader(width, height, 3, indexed), control, cursor.Position);
                case var other:
                    throw ImageFaults.Damaged($"a GIF block of type {other} before the first picture");
            }
        }
    }

    private static ReadOnlySpan<byte> Palette(ref ByteCursor cursor, byte flags)
        => (flags & 0x80) == 0 ? [] : cursor.Take(3 << ((flags & 7) + 1));

    private static void SkipSubBlocks(ref ByteCursor cursor)
    {
        for (var length = cursor.ReadByte(); length != 0; length = cursor.ReadByte())
        {
            cursor.Take(length);
        }
    }
}
