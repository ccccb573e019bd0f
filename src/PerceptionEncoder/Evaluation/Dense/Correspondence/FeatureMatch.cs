using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

// P patches = grid² · D width · n key points · c cells of the enlarged grid a side
/// <summary>The place in a second picture whose feature is nearest, by cosine, to that of a place in the first.</summary>
internal static class FeatureMatch
{
    /// <summary>Finds the key points of a pair.</summary>
    /// <param name="tokens">[2, P, D], float32, of a square grid: those of the first picture and of the second.</param>
    /// <param name="pair">Its places in the first picture.</param>
    /// <param name="enlarge">c / grid.</param>
    /// <returns>The middle of the cell that each is found in, in pixels of the second picture.</returns>
    public static KeyPoint[] Find(Tensor tokens, KeyPointPair pair, int enlarge)
    {
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        var grid = (long)Math.Round(Math.Sqrt(tokens.shape[1]));
        var side = grid * enlarge;
        var maps = tokens.transpose(1, 2).reshape(2, -1, grid, grid);                                        // [2, D, grid, grid]
        if (enlarge > 1)
        {
            maps = nn.functional.interpolate(maps, [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
        }

        var features = nn.functional.normalize(maps.flatten(2), dim: 1);                                     // [2, D, c²]
        var cells = tensor(pair.SourcePoints.Select(point => pair.SourceSize.CellOf(point, side)).ToArray(), device: tokens.device);
        var nearest = features[0].index_select(1, cells).t().matmul(features[1]).argmax(1);                  // [n]
        return [.. nearest.cpu().data<long>().Select(cell => pair.TargetSize.CenterOf(cell, side))];
    }
}
