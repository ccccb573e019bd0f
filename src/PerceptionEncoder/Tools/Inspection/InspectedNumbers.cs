namespace PerceptionEncoder.Tools.Inspection;

/// <summary>How the numbers of many samples are spread.</summary>
/// <param name="Count">Of the numbers.</param>
/// <param name="Sum">Of the numbers.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Median">Half are not above it.</param>
/// <param name="Mean">On average.</param>
/// <param name="Percentile95">95 in a hundred are not above it.</param>
/// <param name="Most">The largest.</param>
/// <param name="Histogram">Counts in ranges of equal width; the last also has what lies far above.</param>
public sealed record InspectedNumbers(
    long Count,
    double Sum,
    double Least,
    double Median,
    double Mean,
    double Percentile95,
    double Most,
    IReadOnlyList<InspectedBin> Histogram);
