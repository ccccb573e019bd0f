using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Learned positions made for one square grid, read at any other.</summary>
internal static class AbsolutePositions
{
    // G = side of the learned grid · c = 1 with a class token, else 0

    /// <summary>Bilinear interpolation without antialiasing, corners not aligned; the class token's own entry is left as it is.</summary>
    /// <param name="learned">[c + G*G, D].</param>
    /// <param name="useClassToken">Whether the first row belongs to the class token.</param>
    /// <param name="gridHeight">Rows of patches.</param>
    /// <param name="gridWidth">Columns of patches.</param>
    /// <returns>[c + gridHeight * gridWidth, D]; gradients reach <paramref name="learned"/>.</returns>
    public static Tensor At(Tensor learned, bool useClassToken, long gridHeight, long gridWidth)
    {
        var first = useClassToken ? 1 : 0;
        var (cells, width) = (learned.shape[0] - first, learned.shape[1]);
        var side = (long)Math.Sqrt(cells);
        if (gridHeight == side && gridWidth == side)
        {
            return learned.alias();
        }

        using var scope = NewDisposeScope();
        var grid = learned.narrow(0, first, cells).view(1, side, side, width).permute(0, 3, 1, 2);
        var resized = functional.interpolate(grid, [gridHeight, gridWidth], mode: InterpolationMode.Bilinear, align_corners: false);
        var patches = resized.permute(0, 2, 3, 1).reshape(-1, width);
        return (useClassToken ? cat([learned.narrow(0, 0, 1), patches], 0) : patches).MoveToOuterDisposeScope();
    }
}
