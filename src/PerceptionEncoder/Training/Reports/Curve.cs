namespace PerceptionEncoder.Training.Reports;

/// <summary>Prepares logged values for a chart.</summary>
internal static class Curve
{
    private const int LargestPoints = 400;

    // Share of the run that smoothing looks back and ahead.
    private const double SmoothingReach = 0.01;

    /// <summary>One metric over samples seen; steps that did not log it, or logged no finite number, are left out.</summary>
    public static List<(double X, double Y)> Of(IEnumerable<TrainingPoint> training, string name) =>
    [
        .. from point in training
           where point.Values.TryGetValue(name, out var value) && double.IsFinite(value)
           select (point.Samples, point.Values[name]),
    ];

    /// <summary>At most about 400 points: means of neighbours, and the last value as it is.</summary>
    public static List<(double X, double Y)> Thinned(IReadOnlyList<(double X, double Y)> points)
    {
        var together = Math.Max(1, (int)Math.Ceiling((double)points.Count / LargestPoints));
        return
        [
            .. points.SkipLast(1).Chunk(together).Select(chunk => (chunk.Average(point => point.X), chunk.Average(point => point.Y))),
            .. points.TakeLast(1),
        ];
    }

    /// <summary>Mean over a window around each point, cut off at the ends.</summary>
    public static List<(double X, double Y)> Smoothed(IReadOnlyList<(double X, double Y)> points)
    {
        var reach = (int)(points.Count * SmoothingReach);
        var sums = new double[points.Count + 1];
        for (var index = 0; index < points.Count; index++)
        {
            sums[index + 1] = sums[index] + points[index].Y;
        }

        return [.. points.Select((point, index) =>
        {
            var (from, to) = (Math.Max(0, index - reach), Math.Min(points.Count, index + reach + 1));
            return (point.X, (sums[to] - sums[from]) / (to - from));
        })];
    }
}
