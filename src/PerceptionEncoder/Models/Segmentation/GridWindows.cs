using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Cuts a grid into square windows and joins them again; a grid that they do not fill is filled up with zeros.</summary>
internal static class GridWindows
{
    // B pictures · h, w sides of the grid · s side of a window · C channels

    /// <param name="grid">[B, h, w, C].</param>
    /// <param name="side">s.</param>
    /// <returns>[B * windows, s, s, C].</returns>
    public static Tensor Cut(Tensor grid, int side)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, channels) = (grid.shape[0], grid.shape[1], grid.shape[2], grid.shape[3]);
        var (rows, columns) = (Count(height, side), Count(width, side));
        if (rows * side != height || columns * side != width)
        {
            grid = nn.functional.pad(grid, [0, 0, 0, (columns * side) - width, 0, (rows * side) - height]);
        }

        return grid.view(batch, rows, side, columns, side, channels).transpose(2, 3).reshape(-1, side, side, channels)
            .MoveToOuterDisposeScope();
    }

    /// <param name="windows">As <see cref="Cut"/> gives them.</param>
    /// <param name="height">h of the grid.</param>
    /// <param name="width">w of the grid.</param>
    /// <returns>[B, h, w, C].</returns>
    public static Tensor Join(Tensor windows, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (side, channels) = (windows.shape[1], windows.shape[3]);
        var (rows, columns) = (Count(height, side), Count(width, side));
        return windows.view(-1, rows, columns, side, side, channels).transpose(2, 3).reshape(-1, rows * side, columns * side, channels)
            .narrow(1, 0, height).narrow(2, 0, width).MoveToOuterDisposeScope();
    }

    private static long Count(long length, long side) => (length + side - 1) / side;
}
