namespace PerceptionEncoder.Inference;

/// <summary>Which pixels of a picture something covers; a bit each.</summary>
public sealed class PixelMask
{
    private readonly byte[] bits;

    private PixelMask(int width, int height)
    {
        (Width, Height) = (width, height);
        bits = new byte[(((long)width * height) + 7) / 8];
    }

    /// <summary>In pixels.</summary>
    public int Width { get; }

    /// <summary>In pixels.</summary>
    public int Height { get; }

    /// <summary>Covered pixels.</summary>
    public long Area { get; private set; }

    /// <summary>The first and the last covered column and row; all zero where nothing is covered.</summary>
    public (int Left, int Top, int Right, int Bottom) Bounds { get; private set; }

    /// <summary>Whether a pixel is covered.</summary>
    public bool this[int x, int y]
    {
        get
        {
            var pixel = ((long)y * Width) + x;
            return (bits[pixel >> 3] & (1 << (int)(pixel & 7))) != 0;
        }
    }

    /// <summary>255 for a covered pixel and 0 for another, row by row: a grey picture.</summary>
    public byte[] ToGrey()
    {
        var grey = new byte[(long)Width * Height];
        for (long pixel = 0; pixel < grey.Length; pixel++)
        {
            grey[pixel] = (byte)((bits[pixel >> 3] & (1 << (int)(pixel & 7))) != 0 ? 255 : 0);
        }

        return grey;
    }

    /// <summary>A mask of bytes, row by row, that are zero where nothing is covered.</summary>
    internal static PixelMask Of(ReadOnlySpan<byte> pixels, int width, int height)
    {
        var mask = new PixelMask(width, height);
        var (left, top, right, bottom) = (width, height, -1, -1);
        for (var y = 0; y < height; y++)
        {
            var row = pixels.Slice(y * width, width);
            var first = row.IndexOfAnyExcept((byte)0);
            if (first < 0)
            {
                continue;
            }

            (top, bottom) = (Math.Min(top, y), y);
            left = Math.Min(left, first);
            right = Math.Max(right, row.LastIndexOfAnyExcept((byte)0));
            for (var x = first; x < width; x++)
            {
                if (row[x] != 0)
                {
                    var pixel = ((long)y * width) + x;
                    mask.bits[pixel >> 3] |= (byte)(1 << (int)(pixel & 7));
                    mask.Area++;
                }
            }
        }

        mask.Bounds = mask.Area > 0 ? (left, top, right, bottom) : (0, 0, 0, 0);
        return mask;
    }
}
