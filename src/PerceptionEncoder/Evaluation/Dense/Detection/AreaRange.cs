namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>A range of sizes, both ends within it.</summary>
/// <param name="Name">In figures: <c>AP_small</c>; empty for all sizes.</param>
/// <param name="Least">Square pixels.</param>
/// <param name="Most">Square pixels.</param>
internal sealed record AreaRange(string Name, double Least, double Most)
{
    /// <summary>COCO's: all, and three whose ends are shared.</summary>
    public static IReadOnlyList<AreaRange> All { get; } =
    [
        new("", 0, 1e10), new("small", 0, 32 * 32), new("medium", 32 * 32, 96 * 96), new("large", 96 * 96, 1e10),
    ];

    /// <summary>Whether an area is in the range.</summary>
    public bool Contains(double area) => area >= Least && area <= Most;
}
