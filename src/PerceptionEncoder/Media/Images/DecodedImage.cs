namespace PerceptionEncoder.Media.Images;

/// <summary>An image in its own mode, before any resize or conversion to RGB.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.</param>
/// <param name="Pixels">[height, width, channels], 8 bits a channel.</param>
/// <param name="Indexed">The file stores palette indices or single bits: published code resizes these with nearest neighbour.</param>
public sealed record DecodedImage(int Width, int Height, int Channels, byte[] Pixels, bool Indexed)
{
    /// <summary>How many times smaller than in the file it is: see <see cref="ReducedDecoding"/>.</summary>
    internal int Divisor { get; init; } = 1;

    /// <summary>An RGB image from its planes.</summary>
    /// <param name="planes">[3, height, width], 8 bits.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <exception cref="ArgumentException">The planes are of another size.</exception>
    public static DecodedImage OfPlanes(ReadOnlySpan<byte> planes, int height, int width)
    {
        var plane = height * width;
        if (planes.Length != 3 * plane)
        {
            throw new ArgumentException($"{planes.Length} bytes are not a picture of 3 x {height} x {width}");
        }

        var pixels = new byte[3 * plane];
        for (var pixel = 0; pixel < plane; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[(3 * pixel) + channel] = planes[(channel * plane) + pixel];
            }
        }

        return new DecodedImage(width, height, 3, pixels, Indexed: false);
    }
}
