using System.Buffers.Binary;
using System.IO.Compression;

namespace PerceptionEncoder.Media.Images;

/// <summary>PNG files whose pixels are indices: masks, whose palette is only how they look.</summary>
internal static class IndexedPng
{
    private const int ColourTypeAt = 9;                     // in IHDR
    private const int HeaderLength = 13;
    private const int HeaderChunk = 12 + HeaderLength;      // with length, type and checksum
    private const byte Indexed = 3;

    /// <summary>The indices of a file with a palette as one channel; any other image as it is.</summary>
    /// <param name="file">Bytes of an image file.</param>
    /// <param name="maximumPixels">Of more than these it is refused.</param>
    /// <exception cref="ImageException">Not an image, damaged, or too large.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels)
    {
        ImageHeader.Read(file, maximumPixels);
        if (!file.StartsWith(PngFile.Signature))
        {
            return ImageDecoders.Default.Decode(file, maximumPixels);
        }

        var header = new ByteCursor(file, PngFile.Signature.Length + 8).Take(HeaderLength).ToArray();
        if (header[ColourTypeAt] != Indexed)
        {
            return ImageDecoders.Default.Decode(file, maximumPixels);
        }

        // Read as grey, the indices of a file come as they are, but spread over 0..255 where they have fewer than 8 bits.
        header[ColourTypeAt] = 0;
        using var grey = new MemoryStream();
        grey.Write(PngFile.Signature);
        PngFile.WriteChunk(grey, "IHDR"u8, header);
        grey.Write(file[Math.Min(file.Length, PngFile.Signature.Length + HeaderChunk)..]);
        var image = ImageDecoders.Default.Decode(grey.ToArray(), maximumPixels);
        var step = byte.MaxValue / ((1 << header[8]) - 1);
        return image with { Pixels = step == 1 ? image.Pixels : Array.ConvertAll(image.Pixels, value => (byte)(value / step)) };
    }

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
}
