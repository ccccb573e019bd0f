using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Images;

/// <summary>The marker segments of a JPEG file (ITU T.81, annex B).</summary>
internal static class JpegFile
{
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte Baseline = 0xC0;
    private const byte ExtendedSequential = 0xC1;
    private const int LargestCopy = 64 << 20; // bytes
    private const int LargestBlock = 32; // rows: 8, times the sampling factor of at most 4

    // A progressive file takes ten passes or so, of which each goes over the whole picture, even where it says nothing: sixteen of the
    // largest picture are seconds.
    private const long MostPixelsOfAllPasses = 16 * IImageDecoder.DefaultMaximumPixels;

    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    /// <summary>Size and component count from the frame header.</summary>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        Frame(file, out var place);
        var segment = new ByteCursor(file, place);
        var bits = segment.ReadByte();
        if (bits != 8)
        {
            throw ImageFaults.Unsupported($"a JPEG of {bits} bits a sample");
        }

        var height = segment.ReadUInt16BigEndian();
        var width = segment.ReadUInt16BigEndian();
        return segment.ReadByte() switch
        {
            1 => new ImageHeader(width, height, 1),
            3 => new ImageHeader(width, height, 3),
            4 => new ImageHeader(width, height, 3, Cmyk: true),
            var components => throw ImageFaults.Unsupported($"a JPEG of {components} components"),
        };
    }

    /// <summary>
    /// The same file with another height in its header, of which a decoder gives the upper rows and passes over the rest: only for files of
    /// one pass over the picture, whose rows come from top to bottom.
    /// </summary>
    /// <param name="file">A file whose header has been read.</param>
    /// <param name="rows">That are wanted.</param>
    /// <param name="header">Of the file; comes back with the height that is left.</param>
    /// <param name="memory">Holds the changed copy, and grows for it.</param>
    /// <returns>The file itself where nothing can be left out.</returns>
    public static ReadOnlySpan<byte> UpperRows(ReadOnlySpan<byte> file, int rows, ref ImageHeader header, ref byte[] memory)
    {
        // The rows of a block and of a decoder's look at the next: no pixel that is wanted is to change.
        var kept = (((long)rows + LargestBlock - 1) / LargestBlock * LargestBlock) + LargestBlock;
        if (kept >= header.Height || file.Length > LargestCopy || Frame(file, out var place) is not (Baseline or ExtendedSequential))
        {
            return file;
        }

        header = header with { Height = (int)kept };
        if (memory.Length < file.Length)
        {
            memory = GC.AllocateUninitializedArray<byte>(file.Length + (file.Length / 4));
        }

        file.CopyTo(memory);
        BinaryPrimitives.WriteUInt16BigEndian(memory.AsSpan(place + 1), (ushort)kept);
        return memory.AsSpan(0, file.Length);
    }

    /// <summary>
    /// Follows the segments to the end-of-image marker. The native decoder fills up what is missing with grey and only warns, so a cut file
    /// has to be found here. Zeros in the place of the marker, as interrupted writers leave them, are no cut in a file of one pass: PIL
    /// reads on in them for what rows may be missing, and so it is done here, by a marker behind them.
    /// </summary>
    /// <exception cref="ImageException">Cut short, or so many passes over the picture that they are an attack.</exception>
    public static ReadOnlySpan<byte> Complete(ReadOnlySpan<byte> file, ImageHeader header)
    {
        var (passes, sequential) = (0L, false);
        var cursor = new ByteCursor(file, 2);
        try
        {
            for (var marker = NextMarker(ref cursor); marker != EndOfImage; marker = NextMarker(ref cursor))
            {
                sequential |= marker is Baseline or ExtendedSequential;
                passes += marker == StartOfScan ? 1 : 0;
                if (passes * header.Width * header.Height > MostPixelsOfAllPasses)
                {
                    throw ImageFaults.TooManyPasses(passes, header);
                }

                if (HasSegment(marker))
                {
                    Segment(ref cursor);
                }
            }
        }
        catch (ImageException cut)
            when (cut.Reason == ImageFaults.Cut && sequential && passes > 0 && file.EndsWith((ReadOnlySpan<byte>)[0, 0]))
        {
            return (byte[])[.. file, 0xFF, EndOfImage];
        }

        return file;
    }

    /// <summary>The marker of the frame header, and where what it says begins.</summary>
    private static byte Frame(ReadOnlySpan<byte> file, out int place)
    {
        var cursor = new ByteCursor(file, 2);
        while (true)
        {
            var marker = NextMarker(ref cursor);
            if (marker is EndOfImage or StartOfScan)
            {
                throw ImageFaults.Damaged("a JPEG without a frame header");
            }

            if (HasSegment(marker))
            {
                place = cursor.Position + 2;
                Segment(ref cursor);
                if (IsFrame(marker))
                {
                    return marker;
                }
            }
        }
    }

    /// <summary>
    /// The next marker's code. Bytes before it are skipped as decoders do: that covers entropy-coded data, where FF 00 stands for the byte
    /// FF and restart markers belong to the scan.
    /// </summary>
    private static byte NextMarker(ref ByteCursor cursor)
    {
        while (true)
        {
            cursor.SkipPast(0xFF);
            byte code;
            do
            {
                code = cursor.ReadByte();
            }
            while (code == 0xFF);

            if (code != 0)
            {
                return code;
            }
        }
    }

    private static ReadOnlySpan<byte> Segment(ref ByteCursor cursor)
    {
        var length = cursor.ReadUInt16BigEndian();
        return length >= 2 ? cursor.Take(length - 2) : throw ImageFaults.Damaged("a JPEG segment without length");
    }

    private static bool HasSegment(byte marker) => marker is not (0x01 or (>= 0xD0 and <= 0xD8));

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
