using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Robustness;

/// <summary>
/// One way in which a picture leaves the distribution a model was trained on. Sizes are shares of the picture's side, so that any
/// resolution is hit alike.
/// </summary>
/// <param name="Name">Name of the set.</param>
/// <param name="Apply">The picture, changed; all randomness comes from the generator.</param>
internal sealed record Corruption(string Name, Func<PlanarImage, SampleRandom, PlanarImage> Apply)
{
    private const double BlurDeviation = 1 / 24.0;
    private const double NoiseDeviation = 24;
    private const double Darkness = 0.35;
    private const double DarkNoise = 3;
    private const double EdgeStrength = 1.5;
    private const double OccludedSide = 0.45;
    private const byte OccluderGrey = 128;

    /// <summary>All, in the order of their tables.</summary>
    public static IReadOnlyList<Corruption> All { get; } =
    [
        new("blur", (image, _) => Blur(image)),
        new("noise", (image, random) => image.Map(i => image.Planes[i] + (NoiseDeviation * random.NextNormal()))),
        new("low-light", (image, random) => image.Map(i => (Darkness * image.Planes[i]) + (DarkNoise * random.NextNormal()))),
        new("edges", (image, _) => Edges(image)),
        new("colour", (image, random) => TurnHue(image, Math.PI * (1 + (4 * random.NextUnit())) / 3)),
        new("occlusion", Occlude),
    ];

    /// <summary>A Gaussian over rows and columns; beyond the border the nearest pixel counts.</summary>
    private static PlanarImage Blur(PlanarImage image)
    {
        var deviation = BlurDeviation * Math.Min(image.Height, image.Width);
        var reach = (int)Math.Ceiling(3 * deviation);
        var kernel = Enumerable.Range(-reach, (2 * reach) + 1)
            .Select(offset => Math.Exp(-offset * offset / (2 * deviation * deviation))).ToArray();
        var sum = kernel.Sum();

        // One axis: the pixels of its line lie `stride` apart, the first of them at `start`, and this one is the `at`-th of `length`.
        double Along(ReadOnlySpan<double> pixels, int start, int stride, int at, int length)
        {
            var total = 0.0;
            for (var offset = -reach; offset <= reach; offset++)
            {
                total += kernel[offset + reach] * pixels[start + (stride * Math.Clamp(at + offset, 0, length - 1))];
            }

            return total / sum;
        }

        var pixels = Array.ConvertAll(image.Planes, value => (double)value);
        var rows = new double[pixels.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = Along(pixels, i - (i % image.Width), 1, i % image.Width, image.Width);
        }

        return image.Map(
            i => Along(rows, (i / image.Area * image.Area) + (i % image.Width), image.Width, i % image.Area / image.Width, image.Height));
    }

    /// <summary>Dark lines on white where brightness changes, by Sobel's operator: a sketch without colour or texture.</summary>
    private static PlanarImage Edges(PlanarImage image)
    {
        var luma = image.Luma();
        double At(int y, int x) => luma[(Math.Clamp(y, 0, image.Height - 1) * image.Width) + Math.Clamp(x, 0, image.Width - 1)];
        return image.Map(i =>
        {
            var (y, x) = (i % image.Area / image.Width, i % image.Width);
            var across = At(y - 1, x + 1) + (2 * At(y, x + 1)) + At(y + 1, x + 1) - At(y - 1, x - 1) - (2 * At(y, x - 1))
                - At(y + 1, x - 1);
            var down = At(y + 1, x - 1) + (2 * At(y + 1, x)) + At(y + 1, x + 1) - At(y - 1, x - 1) - (2 * At(y - 1, x)) - At(y - 1, x + 1);
            return 255 - (EdgeStrength * Math.Sqrt((across * across) + (down * down)) / 4);
        });
    }

    /// <summary>Turns all colours around the grey axis of the RGB cube, which keeps the mean of the three channels.</summary>
    private static PlanarImage TurnHue(PlanarImage image, double angle)
    {
        var (keep, share, turn) = (Math.Cos(angle), (1 - Math.Cos(angle)) / 3, Math.Sin(angle) / Math.Sqrt(3));
        return image.Map(i =>
        {
            var (plane, pixel) = (i / image.Area, i % image.Area);
            double Channel(int offset) => image.Planes[((plane + offset) % 3 * image.Area) + pixel];
            return ((keep + share) * Channel(0)) + ((share - turn) * Channel(1)) + ((share + turn) * Channel(2));
        });
    }

    /// <summary>A grey square over a fifth of the picture.</summary>
    private static PlanarImage Occlude(PlanarImage image, SampleRandom random)
    {
        var (height, width) = ((int)Math.Round(OccludedSide * image.Height), (int)Math.Round(OccludedSide * image.Width));
        var (top, left) = (random.NextBelow(image.Height - height + 1), random.NextBelow(image.Width - width + 1));
        return image.Map(i =>
        {
            var (y, x) = (i % image.Area / image.Width, i % image.Width);
            return y >= top && y < top + height && x >= left && x < left + width ? OccluderGrey : image.Planes[i];
        });
    }
}
