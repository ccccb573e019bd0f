namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Numbers of many samples, kept as how often each comes, so that memory does not grow with the samples.</summary>
/// <param name="step">Numbers are rounded to multiples of this.</param>
internal sealed class Distribution(double step)
{
    private const int WantedBins = 24;
    private const double ShownShare = 0.995;                // a few far out must not press all others into one bar

    private readonly Dictionary<long, long> counts = [];
    private double sum;
    private long total;

    public void Add(double value)
    {
        var multiple = (long)Math.Round(value / step);
        counts[multiple] = counts.GetValueOrDefault(multiple) + 1;
        sum += value;
        total++;
    }

    /// <summary>Null where there are none.</summary>
    public InspectedNumbers? Summarize()
    {
        if (total == 0)
        {
            return null;
        }

        var sorted = counts.OrderBy(pair => pair.Key).Select(pair => (Value: Rounded(pair.Key * step), Count: pair.Value)).ToArray();
        return new InspectedNumbers(
            total,
            Rounded(sum),
            sorted[0].Value,
            Quantile(sorted, 0.5),
            Rounded(sum / total),
            Quantile(sorted, 0.95),
            sorted[^1].Value,
            Bins(sorted));
    }

    /// <summary>The smallest number that so large a share is not above.</summary>
    private double Quantile((double Value, long Count)[] sorted, double share)
    {
        var left = (long)Math.Ceiling(share * total);
        return sorted.First(entry => (left -= entry.Count) <= 0).Value;
    }

    private InspectedBin[] Bins((double Value, long Count)[] sorted)
    {
        var (least, most, shown) = (sorted[0].Value, sorted[^1].Value, Quantile(sorted, ShownShare));
        var width = Width((shown - least) / WantedBins);
        var first = Math.Floor((least / width) + 1e-9) * width;
        var bins = new long[Place(shown) + 1];
        foreach (var (value, count) in sorted)
        {
            bins[Math.Min(Place(value), bins.Length - 1)] += count;
        }

        return [.. bins.Select((count, place) => new InspectedBin(
            Rounded(first + (place * width)),
            Rounded(place == bins.Length - 1 ? Math.Max(most, first + ((place + 1) * width)) : first + ((place + 1) * width)),
            count))];

        int Place(double value) => (int)Math.Floor(((value - first) / width) + 1e-9);
    }

    /// <summary>1, 2 or 5 times a power of ten, and no less than the step.</summary>
    private double Width(double wanted)
    {
        if (wanted <= step)
        {
            return step;
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        return power * ((wanted / power) switch { <= 1.001 => 1, <= 2.001 => 2, <= 5.001 => 5, _ => 10 });
    }

    private static double Rounded(double value) => Math.Round(value, 6);
}
