namespace PerceptionEncoder.Presentation;

/// <summary>A range with ticks at round numbers that encloses the data.</summary>
internal sealed class ChartAxis
{
    private const int WantedTicks = 5;
    private const int LargestCounted = 16;

    private ChartAxis(double low, double high, double step)
    {
        Low = low;
        High = high;
        Ticks = [.. Enumerable.Range(0, 4 * WantedTicks)
            .Select(index => (Math.Ceiling(low / step) + index) * step)
            .TakeWhile(tick => tick <= high + (step * 1e-6))];
    }

    public double Low { get; }

    public double High { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From the round number below <paramref name="low"/> to the one above <paramref name="high"/>.</summary>
    public static ChartAxis Rounded(double low, double high)
    {
        var step = Step(low, high);
        var (from, to) = (Math.Floor(low / step) * step, Math.Ceiling(high / step) * step);
        return new ChartAxis(from, to > from ? to : from + step, step);
    }

    /// <summary>Exactly the range given.</summary>
    public static ChartAxis Exact(double low, double high)
        => new(low, high > low ? high : low + 1, Step(low, high));

    /// <summary>Counts from 0 to <paramref name="last"/>, with room beside both; a tick each, or each few where they are many.</summary>
    public static ChartAxis Counting(int last)
        => new(-0.3, last + 0.3, Math.Ceiling((last + 1.0) / LargestCounted));

    /// <summary>Share of the range, 0 at its low end.</summary>
    public double Position(double value) => (value - Low) / (High - Low);

    /// <summary>1, 2 or 5 times a power of ten.</summary>
    private static double Step(double low, double high)
    {
        var span = high > low ? high - low : Math.Max(Math.Abs(high), 1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / WantedTicks)));
        return power * (span / WantedTicks / power) switch
        {
            <= 1.001 => 1,
            <= 2.001 => 2,
            <= 5.001 => 5,
            _ => 10,
        };
    }
}
