using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Writes PNG files whose pixels are indices: masks, whose palette is only how they look. <see cref="NumberImage"/> reads them.
/// </summary>
internal static class IndexedPng
{
    private const int ColourTypeAt = 9;                     // in IHDR
    private const int HeaderLength = 13;
    private const byte Indexed = 3;

    /// <summary>DAVIS' and VOC's colours, red, green and blue of 256: bits of the index in turn, the lowest to their highest.</summary>
    public static byte[] Palette { get; } = [.. Enumerable.Range(0, 256).SelectMany(Color)];

    /// <summary>A file of 8-bit indices.</summary>
    /// <param name="indices">[height, width].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="palette">Colours, red, green and blue of each.</param>
    /// <exception cref="ArgumentException">The indices are of another size.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> indices, int width, int height, ReadOnlySpan<byte> palette)
    {
        if (indices.Length != width * height)
        {
            throw new ArgumentException($"{indices.Length} indices are not a picture of {width}x{height}");
        }

        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[ColourTypeAt]) = (8, Indexed);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                zlib.WriteByte(0);                          // no filter
                zlib.Write(indices.Slice(row * width, width));
            }
        }

        using var file = new MemoryStream();
        file.Write(PngFile.Signature);
        PngFile.WriteChunk(file, "IHDR"u8, header);
        PngFile.WriteChunk(file, "PLTE"u8, palette.ToArray());
        PngFile.WriteChunk(file, "IDAT"u8, packed.ToArray());
        PngFile.WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Color(int index)
    {
        var color = new byte[3];
        for (var bit = 7; index > 0; index >>= 3, bit--)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                color[channel] |= (byte)(((index >> channel) & 1) << bit);
            }
        }

        return color;
    }
}
