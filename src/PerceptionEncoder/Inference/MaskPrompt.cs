using PerceptionEncoder.Models.Segmentation;

namespace PerceptionEncoder.Inference;

/// <summary>What is meant in a picture: some points, a box, or both; in pixels of the picture itself.</summary>
/// <param name="Points">X, y and what each point means.</param>
public sealed record MaskPrompt(IReadOnlyList<(double X, double Y, PointLabel Label)> Points)
{
    /// <summary>One point on what is meant.</summary>
    public static MaskPrompt At(double x, double y) => new([(x, y, PointLabel.Foreground)]);

    /// <summary>What is in a box.</summary>
    /// <param name="left">Its left side.</param>
    /// <param name="top">Its upper side.</param>
    /// <param name="right">Its right side.</param>
    /// <param name="bottom">Its lower side.</param>
    public static MaskPrompt Box(double left, double top, double right, double bottom)
        => new([(left, top, PointLabel.UpperLeft), (right, bottom, PointLabel.LowerRight)]);

    /// <summary>A point in the middle of each cell of a grid over a picture, x fastest.</summary>
    /// <param name="side">Cells a side.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    public static IReadOnlyList<MaskPrompt> Grid(int side, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        return [.. from row in Enumerable.Range(0, side)
            from column in Enumerable.Range(0, side)
            select At((column + 0.5) / side * width, (row + 0.5) / side * height)];
    }
}
