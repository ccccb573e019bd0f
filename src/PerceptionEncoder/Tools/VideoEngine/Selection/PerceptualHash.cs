using System.Numerics;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// 64 bits that stay nearly the same when a picture is scaled, compressed anew or made a little brighter: which of its lowest frequencies
/// are above their median.
/// </summary>
/// <remarks>C. Zauner: Implementation and benchmarking of perceptual image hash functions, 2010, the hash by cosine transform.</remarks>
internal static class PerceptualHash
{
    private const int Side = 32;
    private const int Kept = 8;
    private static readonly double[,] Waves = Cosines();

    /// <summary>The hash of a picture.</summary>
    /// <param name="grey">[<see cref="FrameMeasures.Side"/> x <see cref="FrameMeasures.Side"/>].</param>
    public static ulong Of(byte[] grey)
    {
        var small = Halved(grey);
        var rows = new double[Kept, Side];                          // frequencies down, columns
        for (var frequency = 0; frequency < Kept; frequency++)
        {
            for (var x = 0; x < Side; x++)
            {
                for (var y = 0; y < Side; y++)
                {
                    rows[frequency, x] += Waves[frequency, y] * small[(y * Side) + x];
                }
            }
        }

        var values = new double[Kept * Kept];
        for (var down = 0; down < Kept; down++)
        {
            for (var across = 0; across < Kept; across++)
            {
                for (var x = 0; x < Side; x++)
                {
                    values[(down * Kept) + across] += Waves[across, x] * rows[down, x];
                }
            }
        }

        // The first is the brightness, which would move the median.
        var sorted = values[1..].Order().ToArray();
        var median = sorted[sorted.Length / 2];
        var hash = 0UL;
        for (var bit = 0; bit < values.Length; bit++)
        {
            hash |= values[bit] > median ? 1UL << bit : 0;
        }

        return hash;
    }

    /// <summary>How many bits of some hashes differ on average, of 64.</summary>
    public static double Distance(ReadOnlySpan<ulong> one, ReadOnlySpan<ulong> other)
    {
        var bits = 0;
        for (var i = 0; i < one.Length; i++)
        {
            bits += BitOperations.PopCount(one[i] ^ other[i]);
        }

        return (double)bits / one.Length;
    }

    private static double[] Halved(byte[] grey)
    {
        var small = new double[Side * Side];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var place = (4 * Side * y) + (2 * x);
                small[(y * Side) + x] = grey[place] + grey[place + 1] + grey[place + (2 * Side)] + grey[place + (2 * Side) + 1];
            }
        }

        return small;
    }

    private static double[,] Cosines()
    {
        var waves = new double[Kept, Side];
        for (var frequency = 0; frequency < Kept; frequency++)
        {
            for (var place = 0; place < Side; place++)
            {
                waves[frequency, place] = Math.Cos(Math.PI * frequency * (place + 0.5) / Side);
            }
        }

        return waves;
    }
}
