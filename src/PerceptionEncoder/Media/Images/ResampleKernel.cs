using System.Collections.Concurrent;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// The weights of one axis of a resize, as Pillow computes them: in double precision, then rounded to 22 fractional bits.
/// </summary>
internal sealed class ResampleKernel
{
    /// <summary>Fractional bits of a weight. 8 bits of pixel and 2 of head-room remain in 32.</summary>
    public const int FractionalBits = 22;

    private const int CachedKernels = 1024;
    private const int CachedWeights = 16 * 1024;
    private static readonly ConcurrentDictionary<
        (int Input, int Output, int Start, int Count, Interpolation Filter), ResampleKernel> Cache = new();

    private readonly int[] weights;
    private readonly int[] first;

    private ResampleKernel(int input, int output, int start, int count, Interpolation interpolation)
    {
        var scale = (double)input / output;
        var filterScale = Math.Max(scale, 1);
        var support = (interpolation == Interpolation.Bicubic ? 2 : 1) * filterScale;
        first = new int[count];
        var rows = new int[count][];
        for (var i = 0; i < count; i++)
        {
            var center = (start + i + 0.5) * scale;
            var from = Math.Max((int)(center - support + 0.5), 0);
            var to = Math.Min((int)(center + support + 0.5), input);
            var exact = new double[to - from];
            for (var t = 0; t < exact.Length; t++)
            {
                exact[t] = Weight((t + from - center + 0.5) * (1.0 / filterScale), interpolation);
            }

            first[i] = from;
            rows[i] = ToFixedPoint(exact);
        }

        Taps = rows.Max(row => row.Length);
        weights = new int[count * Taps];
        for (var i = 0; i < count; i++)
        {
            // An output with fewer taps gets zeros, on the left where the input ends on the right: loops of one length predict well.
            var padding = Math.Max(0, first[i] + Taps - input);
            first[i] -= padding;
            rows[i].CopyTo(weights, (i * Taps) + padding);
        }
    }

    /// <summary>Inputs that each output reads.</summary>
    public int Taps { get; }

    /// <summary>Number of outputs.</summary>
    public int Count => first.Length;

    /// <summary>First input that any output needs.</summary>
    public int FirstInput => first[0];

    /// <summary>One past the last input that any output needs.</summary>
    public int EndInput => first[^1] + Taps;

    /// <summary>
    /// Weights of the outputs [<paramref name="start"/>, start + <paramref name="count"/>) of a resize from input to output pixels.
    /// </summary>
    public static ResampleKernel For(int input, int output, int start, int count, Interpolation interpolation)
    {
        var key = (input, output, start, count, interpolation);
        if (Cache.TryGetValue(key, out var known))
        {
            return known;
        }

        var kernel = new ResampleKernel(input, output, start, count, interpolation);
        if (kernel.weights.Length <= CachedWeights)
        {
            // Random crops have as many sizes as there are pixels in a side: start again rather than grow without bound.
            if (Cache.Count >= CachedKernels)
            {
                Cache.Clear();
            }

            Cache[key] = kernel;
        }

        return kernel;
    }

    /// <summary>First input of each output; never decreases.</summary>
    public ReadOnlySpan<int> First => first;

    /// <summary>[Count, Taps] fixed-point weights.</summary>
    public ReadOnlySpan<int> Weights => weights;

    private static int[] ToFixedPoint(double[] exact)
    {
        var sum = 0.0;
        foreach (var weight in exact)
        {
            sum += weight;
        }

        return Array.ConvertAll(exact, weight =>
        {
            var normal = sum == 0 ? weight : weight / sum;
            return (int)((normal < 0 ? -0.5 : 0.5) + (normal * (1 << FractionalBits)));
        });
    }

    private static double Weight(double x, Interpolation interpolation)
    {
        x = Math.Abs(x);
        if (interpolation == Interpolation.Bilinear)
        {
            return x < 1 ? 1 - x : 0;
        }

        const double A = -0.5;
        return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A
            : 0;
    }
}
