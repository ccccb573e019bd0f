namespace PerceptionEncoder.Models.Segmentation;

/// <summary>The four published sizes of SAM 2.1 by name.</summary>
/// <remarks>facebookresearch/sam2, configs/sam2.1, Apache-2.0: names and values only.</remarks>
public static class SegmentationPresets
{
    private static readonly Dictionary<string, SegmentationOptions> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SAM-2.1-tiny"] = new(),
        ["SAM-2.1-small"] = new() { Stages = [1, 2, 11, 2], GlobalBlocks = [7, 10, 13] },
        ["SAM-2.1-base-plus"] = new()
        {
            Width = 112,
            Heads = 2,
            Stages = [2, 3, 16, 3],
            GlobalBlocks = [12, 16, 20],
            PositionGrid = 14,
        },
        ["SAM-2.1-large"] = new()
        {
            Width = 144,
            Heads = 2,
            Stages = [2, 6, 36, 4],
            GlobalBlocks = [23, 33, 43],
            Windows = [8, 4, 16, 8],
        },
    };

    /// <summary>Names, the smallest first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Keys];

    /// <summary>The shape of a published model.</summary>
    /// <param name="name">Its name, in any case.</param>
    /// <exception cref="UserErrorException">There is no preset of that name; lists the names.</exception>
    public static SegmentationOptions Find(string name)
        => Table.GetValueOrDefault(name)
            ?? throw new UserErrorException($"segmentation preset: there is no '{name}'. Choose one of {string.Join(", ", Names)}.");

    /// <summary>The published model of a shape, whatever its input size; null for none.</summary>
    public static string? Like(SegmentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Names.FirstOrDefault(name => Table[name].IsLike(options));
    }
}
