using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What the pictures of a clip, made small and grey, tell of it.</summary>
/// <param name="Difference">Mean difference of neighbouring pictures, 0 to 1.</param>
/// <param name="Cuts">
/// Jumps between pictures that neither the step before nor the one after has; where not all pictures are looked at, as many as there are in
/// proportion.
/// </param>
/// <param name="Black">Share of the pictures that are all but black.</param>
/// <param name="Still">Share of the steps in which nothing changes.</param>
/// <param name="Brightness">Mean, 0 to 1.</param>
internal sealed record FrameMeasures(double Difference, int Cuts, double Black, double Still, double Brightness)
{
    /// <summary>Pixels on a side of the small pictures.</summary>
    public const int Side = 64;

    private const double Highest = 255;
    private const double BlackMean = 0.06;          // of a frame; a dark scene may be no lighter, but has something in it
    private const byte Visible = 50;
    private const double VisibleShare = 0.005;
    private const double StillDifference = 0.001;   // noise of an encoder that has nothing to do
    private const double CutDifference = 0.1;
    private const double CutRatio = 3;              // a flash is two jumps beside each other, fast motion many

    /// <summary>Of pictures in order; at least one.</summary>
    /// <param name="pictures">[<see cref="Side"/> x <see cref="Side"/>] grey each.</param>
    /// <param name="places">
    /// Rising number of each in its clip, from the clip's first to its last; null where time has passed between them, so that no cut can be
    /// told.
    /// </param>
    public static FrameMeasures Of(IReadOnlyList<byte[]> pictures, IReadOnlyList<int>? places)
    {
        // NaN from a window of pictures to the next: what happens between them is not seen.
        double[] steps = [.. Enumerable.Range(0, pictures.Count - 1).Select(step => places is null || places[step + 1] == places[step] + 1
            ? DifferenceOf(pictures[step], pictures[step + 1])
            : double.NaN)];
        double[] seen = [.. steps.Where(double.IsFinite)];
        var means = pictures.Select(picture => picture.Average(value => (double)value) / Highest).ToArray();
        return new FrameMeasures(
            seen.Length == 0 ? 0 : seen.Average(),
            places is null ? 0 : CutsOf(steps, places[^1] - places[0]),
            (double)pictures.Zip(means).Count(picture => IsBlack(picture.First, picture.Second)) / means.Length,
            seen.Length == 0 ? 1 : (double)seen.Count(step => step < StillDifference) / seen.Length,
            means.Average());
    }

    /// <summary>The grey of a picture that was scaled to <see cref="Side"/>.</summary>
    /// <param name="picture">RGB.</param>
    public static byte[] Grey(DecodedImage picture)
    {
        var (pixels, grey) = (picture.Pixels, new byte[picture.Width * picture.Height]);
        for (var place = 0; place < grey.Length; place++)
        {
            var (red, green, blue) = (pixels[3 * place], pixels[(3 * place) + 1], pixels[(3 * place) + 2]);
            grey[place] = (byte)(((77 * red) + (150 * green) + (29 * blue)) >> 8);      // ITU-R BT.601's weights, of 256
        }

        return grey;
    }

    private static bool IsBlack(byte[] picture, double mean)
        => mean < BlackMean && picture.Count(value => value >= Visible) < VisibleShare * picture.Length;

    /// <summary>Cuts of a clip of so many steps: those among the steps whose neighbours are known, in proportion.</summary>
    private static int CutsOf(double[] steps, int all)
    {
        var (cuts, known) = (0, 0);
        for (var step = 0; step < steps.Length; step++)
        {
            var (before, after) = (step > 0 ? steps[step - 1] : 0, step + 1 < steps.Length ? steps[step + 1] : 0);
            if (!double.IsNaN(before + steps[step] + after))
            {
                known++;
                cuts += steps[step] > CutDifference && steps[step] > CutRatio * Math.Max(before, after) ? 1 : 0;
            }
        }

        return known == 0 ? 0 : (int)Math.Round((double)cuts * all / known);
    }

    private static double DifferenceOf(byte[] one, byte[] other)
    {
        var sum = 0L;
        for (var place = 0; place < one.Length; place++)
        {
            sum += Math.Abs(one[place] - other[place]);
        }

        return sum / (Highest * one.Length);
    }
}
