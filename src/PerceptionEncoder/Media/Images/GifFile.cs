namespace PerceptionEncoder.Media.Images;

/// <summary>A GIF file up to its first picture (GIF89a).</summary>
internal static class GifFile
{
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte ImageDescriptor = 0x2C;
    private const byte Interlaced = 0x40;
    private static readonly (int First, int Step)[] Once = [(0, 1)];
    private static readonly (int First, int Step)[] Passes = [(0, 8), (4, 8), (2, 4), (1, 2)];

    public static ReadOnlySpan<byte> Signature => "GIF8"u8;

    /// <summary>
    /// Size of the canvas, which a picture that reaches beyond it enlarges, and kind of palette; also that the first picture's blocks are
    /// there.
    /// </summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var first = Read(file);
        return new ImageHeader(first.Width, first.Height, 3, !ColourPalette.IsGreyRamp(first.Palette, 3));
    }

    /// <summary>
    /// The first picture on its canvas. Transparent pixels show their palette colour, as does the canvas around the picture; index 0 where
    /// there is none.
    /// </summary>
    /// <exception cref="ImageException">Not all of its pixels are there.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, ImageHeader header)
    {
        var first = Read(file);
        var indices = new byte[first.Place.Width * first.Place.Height];
        if (GifCodes.Unpack(first.Data, first.CodeBits, indices) < indices.Length)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        var canvas = new byte[header.Width * header.Height];
        canvas.AsSpan().Fill(first.Transparent);
        var row = 0;
        foreach (var (start, step) in first.Interlace ? Passes : Once)
        {
            for (var y = start; y < first.Place.Height; y += step, row++)
            {
                var target = canvas.AsSpan(((first.Place.Top + y) * header.Width) + first.Place.Left);
                indices.AsSpan(row * first.Place.Width, first.Place.Width).CopyTo(target);
            }
        }

        var pixels = GC.AllocateUninitializedArray<byte>(3 * canvas.Length);
        var colours = ColourPalette.Complete(first.Palette);
        for (var i = 0; i < canvas.Length; i++)
        {
            colours.AsSpan(3 * canvas[i], 3).CopyTo(pixels.AsSpan(3 * i));
        }

        return new DecodedImage(header.Width, header.Height, 3, pixels, header.Indexed);
    }

    private static First Read(ReadOnlySpan<byte> file)
    {
        byte transparent = 0;
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
                    var control = cursor.ReadByte() == GraphicControl;
                    var block = SubBlocks(ref cursor);
                    if (control && block.Length > 4 && (block[1] & 1) != 0)
                    {
                        transparent = block[4];
                    }

                    break;
                case ImageDescriptor:
                    var (left, top) = (cursor.ReadUInt16LittleEndian(), cursor.ReadUInt16LittleEndian());
                    var (wide, high) = (cursor.ReadUInt16LittleEndian(), cursor.ReadUInt16LittleEndian());
                    flags = cursor.ReadByte();
                    var local = Palette(ref cursor, flags);
                    return new First
                    {
                        Width = Math.Max(width, left + wide),
                        Height = Math.Max(height, top + high),
                        Place = new PixelBox(left, top, wide, high),
                        Interlace = (flags & Interlaced) != 0,
                        Transparent = transparent,
                        Palette = local.IsEmpty ? palette : local,
                        CodeBits = cursor.ReadByte(),
                        Data = SubBlocks(ref cursor),
                    };
                case var other:
                    throw ImageFaults.Damaged($"a GIF block of type {other} before the first picture");
            }
        }
    }

    private static ReadOnlySpan<byte> Palette(scoped ref ByteCursor cursor, byte flags)
        => (flags & 0x80) == 0 ? [] : cursor.Take(3 << ((flags & 7) + 1));

    /// <returns>The blocks, each behind its length, without the empty one at the end.</returns>
    private static ReadOnlySpan<byte> SubBlocks(scoped ref ByteCursor cursor)
    {
        var blocks = cursor;
        for (var length = cursor.ReadByte(); length != 0; length = cursor.ReadByte())
        {
            cursor.Take(length);
        }

        return blocks.Take(cursor.Position - blocks.Position - 1);
    }

    private ref struct First
    {
        public int Width, Height;
        public PixelBox Place;
        public bool Interlace;
        public byte Transparent;
        public ReadOnlySpan<byte> Palette;
        public int CodeBits;
        public ReadOnlySpan<byte> Data;
    }
}
