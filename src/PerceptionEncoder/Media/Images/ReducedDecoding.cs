namespace PerceptionEncoder.Media.Images;

/// <summary>
/// How far a picture may be reduced while it is decoded: JPEG's cosine transform gives a half, a quarter or an eighth of it for less work
/// than the whole.
/// </summary>
internal static class ReducedDecoding
{
    /// <summary>The largest divisor, 1 for none, at which a part of the picture has no fewer pixels than it is resized to.</summary>
    /// <param name="box">The part, in pixels of the whole picture.</param>
    /// <param name="height">What it is resized to.</param>
    /// <param name="width">What it is resized to.</param>
    public static int Divisor(PixelBox box, int height, int width)
    {
        foreach (var divisor in (ReadOnlySpan<int>)[8, 4, 2])
        {
            var reduced = Reduce(box, divisor);
            if (reduced.Width >= width && reduced.Height >= height)
            {
                return divisor;
            }
        }

        return 1;
    }

    /// <summary>A side of the reduced picture, as libjpeg rounds it.</summary>
    public static int Side(int whole, int divisor) => (whole + divisor - 1) / divisor;

    /// <summary>The part in pixels of the reduced picture, its edges on the nearest ones.</summary>
    public static PixelBox Reduce(PixelBox box, int divisor)
    {
        var (left, top) = (Nearest(box.Left, divisor), Nearest(box.Top, divisor));
        return new PixelBox(
            left,
            top,
            Nearest(box.Left + box.Width, divisor) - left,
            Nearest(box.Top + box.Height, divisor) - top);
    }

    private static int Nearest(int place, int divisor) => (place + (divisor / 2)) / divisor;
}
