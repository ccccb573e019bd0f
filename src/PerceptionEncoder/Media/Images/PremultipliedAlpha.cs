namespace PerceptionEncoder.Media.Images;

/// <summary>Pillow's 8-bit arithmetic for its modes RGBa and La.</summary>
internal static class PremultipliedAlpha
{
    /// <summary>Copies a box of an image with alpha as its last channel, each colour times alpha.</summary>
    /// <param name="image">Grey and alpha or RGB and alpha.</param>
    /// <param name="box">The part that is copied.</param>
    /// <param name="premultiplied">[box.Height, box.Width, channels].</param>
    public static void Apply(DecodedImage image, PixelBox box, Span<byte> premultiplied)
    {
        var channels = image.Channels;
        var at = 0;
        for (var y = 0; y < box.Height; y++)
        {
            var row = image.Pixels.AsSpan((((box.Top + y) * image.Width) + box.Left) * channels, box.Width * channels);
            for (var x = 0; x < row.Length; x += channels)
            {
                var alpha = row[x + channels - 1];
                for (var c = 0; c < channels - 1; c++)
                {
                    premultiplied[at++] = Multiply(row[x + c], alpha);
                }

                premultiplied[at++] = alpha;
            }
        }
    }

    /// <summary>Divides a plane of colour by its alpha. Where that is 0 the colour stays.</summary>
    public static void Undo(ReadOnlySpan<byte> premultiplied, ReadOnlySpan<byte> alpha, Span<byte> colour)
    {
        for (var i = 0; i < premultiplied.Length; i++)
        {
            colour[i] = alpha[i] == 0 ? premultiplied[i] : (byte)Math.Min(255 * premultiplied[i] / alpha[i], 255);
        }
    }

    /// <summary>a b / 255, rounded, without a division.</summary>
    private static byte Multiply(byte a, byte b)
    {
        var product = (a * b) + 128;
        return (byte)(((product >> 8) + product) >> 8);
    }
}
