namespace PerceptionEncoder.Media.Images;

/// <summary>Pillow's nearest-neighbour resize, bit for bit.</summary>
internal static class NearestResampler
{
    /// <summary>Resizes a part of an image and keeps a part of the result.</summary>
    /// <param name="pixels">[height, width, channels].</param>
    /// <param name="width">Pixels in a row of <paramref name="pixels"/>.</param>
    /// <param name="channels">1 to 4.</param>
    /// <param name="box">The part that is read.</param>
    /// <param name="size">What the box is resized to.</param>
    /// <param name="window">The part of <paramref name="size"/> that is wanted.</param>
    /// <param name="planes">[3, window.Height, window.Width] RGB: a grey channel goes to all three, alpha to none.</param>
    public static void Resize(
        ReadOnlySpan<byte> pixels,
        int width,
        int channels,
        PixelBox box,
        (int Height, int Width) size,
        PixelBox window,
        Span<byte> planes)
    {
        var columns = Sources(box.Width, size.Width).AsSpan(window.Left, window.Width);
        var rows = Sources(box.Height, size.Height).AsSpan(window.Top, window.Height);
        var plane = window.Width * window.Height;
        var blue = channels >= 3 ? 2 : 0;
        var at = 0;
        foreach (var row in rows)
        {
            var source = pixels[((((box.Top + row) * width) + box.Left) * channels)..];
            foreach (var column in columns)
            {
                var from = column * channels;
                planes[at] = source[from];
                planes[plane + at] = source[from + (blue / 2)];
                planes[(2 * plane) + at] = source[from + blue];
                at++;
            }
        }
    }

    /// <summary>The input of each output. Pillow adds the step up, so the rounding errors of that sum belong to the result.</summary>
    private static int[] Sources(int input, int output)
    {
        var sources = new int[output];
        var step = (double)input / output;
        var position = step * 0.5;
        for (var i = 0; i < output; i++, position += step)
        {
            sources[i] = Math.Min((int)position, input - 1);
        }

        return sources;
    }
}
