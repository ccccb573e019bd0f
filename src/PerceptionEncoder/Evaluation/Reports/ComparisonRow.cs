using System.Globalization;

namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>One figure of one set, of several models.</summary>
/// <param name="Dataset">The set.</param>
/// <param name="Metric">Its published name, <c>n</c> for the samples that the figures are over, or <c>unreadable</c>.</param>
/// <param name="Values">One a column; null where a column has none.</param>
public sealed record ComparisonRow(string Dataset, string Metric, IReadOnlyList<double?> Values)
{
    /// <summary>Name of the row of sample counts.</summary>
    public const string Count = "n";

    /// <summary>Name of the row of what could not be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Ending of the names of figures that are points and no shares.</summary>
    public const string Points = "_points";

    private bool IsPoints => Metric.EndsWith(Points, StringComparison.Ordinal);

    private bool IsCount => Metric is Count or Unreadable;

    /// <summary>A value as tables show it: figures in percent, points and counts as they are, nothing where there is none.</summary>
    public string Text(int column) => Values[column] switch
    {
        null => "",
        { } count when IsCount => count.ToString("0", CultureInfo.InvariantCulture),
        { } points when IsPoints => points.ToString("0.00", CultureInfo.InvariantCulture),
        { } figure => figure.ToString("P2", CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// How much a column is above the first, in percentage points, or in points; nothing for counts and where one is missing.
    /// </summary>
    public string Difference(int column)
        => !IsCount && Values[column] - Values[0] is { } difference
            ? (IsPoints ? difference : 100 * difference).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture)
            : "";
}
