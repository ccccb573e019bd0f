using System.Numerics;

namespace PerceptionEncoder.Media.Images;

/// <summary>The header of a Windows or OS/2 bitmap.</summary>
internal static class BmpFile
{
    private const int CoreHeader = 12;
    private const int Uncompressed = 0;
    private const int BitFields = 3;

    public static ReadOnlySpan<byte> Signature => "BM"u8;

    /// <summary>Size, depth and kind of palette; also that rows of fixed length are all there.</summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, 10);
        var pixels = cursor.ReadUInt32LittleEndian();
        var headerLength = cursor.ReadUInt32LittleEndian();
        if (headerLength is < CoreHeader or > 1024)
        {
            throw ImageFaults.NotAnImage(file.Length);
        }

        var fields = new ByteCursor(cursor.Take(headerLength - 4));
        var core = headerLength == CoreHeader;
        long width = core ? fields.ReadUInt16LittleEndian() : (int)fields.ReadUInt32LittleEndian();
        // A negative height says that the top row comes first.
        var height = core ? fields.ReadUInt16LittleEndian() : Math.Abs((long)(int)fields.ReadUInt32LittleEndian());
        fields.Take(2); // planes
        var bits = fields.ReadUInt16LittleEndian();
        var compression = core ? Uncompressed : fields.ReadUInt32LittleEndian();
        if (width > int.MaxValue || height > int.MaxValue)
        {
            throw ImageFaults.Damaged($"a size of {width}x{height}");
        }

        if (compression is Uncompressed or BitFields && pixels + ((width * bits + 31) / 32 * 4 * height) > file.Length)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        var header = new ImageHeader((int)width, (int)height, 3);
        if (bits <= 8)
        {
            var entry = core ? 3 : 4;
            var palette = cursor.Take(Math.Clamp(pixels - cursor.Position, 0, entry << bits));
            return header with { Indexed = bits == 1 || !ColourPalette.IsGreyRamp(palette, entry) };
        }

        return header with { Channels = compression == BitFields && headerLength >= 56 && AlphaMask(fields) != 0 ? 4 : 3 };
    }

    /// <summary>
    /// Spreads colours of 5 and 6 bits as PIL does, 31 of 31 to 255 and what lies between rounded down. The library repeats their upper
    /// bits instead.
    /// </summary>
    /// <param name="file">Whose header was read.</param>
    /// <param name="pixels">[pixels, 3] RGB.</param>
    public static void SpreadSixteenBits(ReadOnlySpan<byte> file, Span<byte> pixels)
    {
        var cursor = new ByteCursor(file, 14);
        var headerLength = cursor.ReadUInt32LittleEndian();
        if (headerLength == CoreHeader)
        {
            return;
        }

        cursor.Take(10); // size and planes
        var bits = cursor.ReadUInt16LittleEndian();
        var compression = cursor.ReadUInt32LittleEndian();
        if (bits != 16)
        {
            return;
        }

        cursor.Take(24); // picture bytes, resolution, colour counts, red mask
        var greenBits = compression == BitFields ? BitOperations.PopCount((ulong)cursor.ReadUInt32LittleEndian()) : 5;
        for (var i = 0; i < pixels.Length; i++)
        {
            var colourBits = i % 3 == 1 ? greenBits : 5;
            pixels[i] = (byte)((pixels[i] >> (8 - colourBits)) * 255 / ((1 << colourBits) - 1));
        }
    }

    private static long AlphaMask(ByteCursor fields)
    {
        fields.Take(32); // picture bytes, resolution, colour counts, red, green and blue masks
        return fields.ReadUInt32LittleEndian();
    }
}
