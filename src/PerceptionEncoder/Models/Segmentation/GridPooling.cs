using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>The largest value of each square of four.</summary>
internal static class GridPooling
{
    /// <summary>[B, h, w, C] to [B, h/2, w/2, C].</summary>
    public static Tensor Half(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var shape = grid.shape;
        return grid.view(shape[0], shape[1] / 2, 2, shape[2] / 2, 2, shape[3]).amax([2, 4]).MoveToOuterDisposeScope();
    }
}
