namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>The layers that a head of four levels sees.</summary>
internal static class DepthLayers
{
    private const int Levels = 4;

    /// <summary>DINOv2's own choice in a tower of 24 blocks.</summary>
    private static readonly int[] OfTwentyFour = [4, 11, 17, 23];

    /// <summary>Four layers at even distances, rounded down as published: 11, 23, 35 and 47 of 50 blocks.</summary>
    /// <param name="count">Blocks, at least four.</param>
    /// <returns>Indices from 0.</returns>
    public static IReadOnlyList<int> Four(int count)
        => count == 24 ? OfTwentyFour : [.. Enumerable.Range(1, Levels).Select(level => (level * (count / Levels)) - 1)];
}
