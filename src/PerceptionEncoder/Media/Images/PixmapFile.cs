namespace PerceptionEncoder.Media.Images;

/// <summary>A portable pixmap or graymap of 8 bits, as binary: sizes in words, then the pixels as they are.</summary>
/// <remarks>netpbm's description of the formats, P5 and P6.</remarks>
internal static class PixmapFile
{
    private const int Header = 3;                               // P, its kind, a space
    private const int LongestHeader = 4096;                     // comments included
    private const int Highest = 255;

    /// <summary>Whether a file begins as one.</summary>
    public static bool Is(ReadOnlySpan<byte> file)
        => file.Length > Header && file[0] == 'P' && file[1] is (byte)'5' or (byte)'6' && IsSpace(file[2]);

    /// <summary>Its size; also that all rows are there.</summary>
    /// <exception cref="ImageException">Damaged, cut, or not of 8 bits.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file) => Read(file).Header;

    /// <summary>Its pixels.</summary>
    /// <param name="file">Whose header was read.</param>
    public static DecodedImage Decode(ReadOnlySpan<byte> file)
    {
        var (header, begin) = Read(file);
        var length = header.Width * header.Height * header.Channels;
        return new DecodedImage(header.Width, header.Height, header.Channels, file.Slice(begin, length).ToArray(), Indexed: false);
    }

    private static (ImageHeader Header, int Begin) Read(ReadOnlySpan<byte> file)
    {
        var at = Header - 1;
        var (width, height, highest) = (Number(file, ref at), Number(file, ref at), Number(file, ref at));
        if (highest != Highest)
        {
            throw ImageFaults.Unsupported($"a pixmap whose highest value is {highest}, where {Highest} is read");
        }

        var channels = file[1] == '6' ? 3 : 1;
        return at < file.Length && file.Length - at - 1 >= (long)width * height * channels
            ? (new ImageHeader(width, height, channels), at + 1)          // one space ends the head
            : throw ImageFaults.Truncated(file.Length);
    }

    /// <summary>The next number of the head; comments go to the ends of their lines.</summary>
    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        var limit = Math.Min(file.Length, LongestHeader);
        while (at < limit && (IsSpace(file[at]) || file[at] == '#'))
        {
            if (file[at] == '#')
            {
                while (at < limit && file[at] is not ((byte)'\n' or (byte)'\r'))
                {
                    at++;
                }
            }
            else
            {
                at++;
            }
        }

        var (number, digits) = (0L, 0);
        for (; at < limit && char.IsAsciiDigit((char)file[at]) && digits < 9; at++, digits++)
        {
            number = (number * 10) + (file[at] - '0');
        }

        return at >= limit ? throw ImageFaults.Truncated(file.Length)
            : digits > 0 && IsSpace(file[at]) ? (int)number
            : throw ImageFaults.Damaged("the head of a pixmap without its three numbers");
    }

    private static bool IsSpace(byte letter) => letter is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or 0x0B or 0x0C;
}
