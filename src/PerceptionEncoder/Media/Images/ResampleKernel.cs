using System.Collections.Concurrent;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// The weights of one axis of a resize, as Pillow computes them: in double precision, then rounded to 22 fractional bits.
/// </summary>
internal sealed class ResampleKernel
{
    /// <summary>Fractional bits of a weight. 8 bits of pixel and 2 of head-room remain in 32.</summary>
    public const int FractionalBits = 22;

    private const int CountPadding = 16; // columns that the vector paths write at a time
    private const int CachedKernels = 1024;
    private const int CachedWeights = 16 * 1024;
    private static readonly ConcurrentDictionary<
        (int Input, int Output, int Start, int Count, Interpolation Filter), ResampleKernel> Cache = new();

    private readonly int[] weights;
    private readonly int[] first; // padded
    private readonly TapPair[] pairs;

    private ResampleKernel(int input, int output, int start, int count, Interpolation interpolation)
    {
        var scale = (double)input / output;
        var filterScale = Math.Max(scale, 1);
        var support = (interpolation == Interpolation.Bicubic ? 2 : 1) * filterScale;
        Count = count;
        first = new int[(count + CountPadding - 1) / CountPadding * CountPadding];
        var lengths = new int[count];
        for (var i = 0; i < count; i++)
        {
            var center = Center(i);
            first[i] = Math.Max((int)(center - support + 0.5), 0);
            lengths[i] = Math.Min((int)(center + support + 0.5), input) - first[i];
        }

        Taps = lengths.Max();
        var inverse = 1.0 / filterScale;
        weights = new int[count * Taps];
        var exact = new double[Taps];
        for (var i = 0; i < count; i++)
        {
            var taps = exact.AsSpan(0, lengths[i]);
            for (var t = 0; t < taps.Length; t++)
            {
                taps[t] = Weight((t + first[i] - Center(i) + 0.5) * inverse, interpolation);
            }

            // An output with fewer taps gets zeros, on the left where the input ends on the right: loops of one length predict well.
            var padding = Math.Max(0, first[i] + Taps - input);
            first[i] -= padding;
            ToFixedPoint(taps, weights.AsSpan((i * Taps) + padding));
        }

        first.AsSpan(count).Fill(first[count - 1]);
        Pairs = (Taps + 1) / 2;
        pairs = new TapPair[first.Length * Pairs];
        for (var i = 0; i < count; i++)
        {
            var row = weights.AsSpan(i * Taps, Taps);
            for (var t = 0; t < Taps; t += 2)
            {
                pairs[(i * Pairs) + (t / 2)] = TapPair.Of(row[t], t + 1 < Taps ? row[t + 1] : 0);
            }
        }

        double Center(int i) => (start + i + 0.5) * scale;
    }

    /// <summary>Inputs that each output reads.</summary>
    public int Taps { get; }

    /// <summary>Number of outputs.</summary>
    public int Count { get; }

    /// <summary>First input that any output needs.</summary>
    public int FirstInput => first[0];

    /// <summary>One past the last input that any output needs.</summary>
    public int EndInput => first[^1] + Taps;

    /// <summary>Half of <see cref="Taps"/>, rounded up.</summary>
    public int Pairs { get; }

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
    public ReadOnlySpan<int> First => first.AsSpan(0, Count);

    /// <summary>The same up to a multiple of 16; the last repeats.</summary>
    public ReadOnlySpan<int> PaddedFirst => first;

    /// <summary>[length of <see cref="PaddedFirst"/>, <see cref="Pairs"/>], zeros for the padding.</summary>
    public ReadOnlySpan<TapPair> PairWeights => pairs;

    /// <summary>[Count, Taps] fixed-point weights.</summary>
    public ReadOnlySpan<int> Weights => weights;

    /// <summary>Bytes that the vector paths read from the start of a row on: 16 at a time, four inputs in them.</summary>
    public int Reach(int channels) => ((first[^1] + (4 * ((Pairs - 1) / 2))) * channels) + 16;

    private static void ToFixedPoint(ReadOnlySpan<double> exact, Span<int> rounded)
    {
        var sum = 0.0;
        foreach (var weight in exact)
        {
            sum += weight;
        }

        for (var t = 0; t < exact.Length; t++)
        {
            var normal = sum == 0 ? exact[t] : exact[t] / sum;
            rounded[t] = (int)((normal < 0 ? -0.5 : 0.5) + (normal * (1 << FractionalBits)));
        }
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
