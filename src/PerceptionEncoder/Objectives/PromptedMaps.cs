using PerceptionEncoder.Inference;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b images of a micro-batch · P places = h w · E points of the grid
/// <summary>A per-pixel teacher that looks at each image as the student sees it: the mask logits of a grid of points [5.2, B.3].</summary>
/// <param name="segmenter">SAM 2.1, disposed by the caller.</param>
/// <param name="pointsPerSide">Points of the grid a side.</param>
public sealed class PromptedMaps(Segmenter segmenter, int pointsPerSide)
{
    /// <summary>What the teacher says of every place; no gradients.</summary>
    /// <param name="images">uint8 [b, 3, H, W].</param>
    /// <param name="height">h of the student's patches.</param>
    /// <param name="width">w of the student's patches.</param>
    /// <returns>float32 [b, P, E], in the caller's dispose scope.</returns>
    internal Tensor Of(Tensor images, long height, long width)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var maps = new List<Tensor>();
        for (var i = 0; i < images.shape[0]; i++)
        {
            using var inner = NewDisposeScope();
            using var picture = segmenter.Encode(images[i]);
            maps.Add(segmenter.GridLogits(picture, pointsPerSide, height, width).flatten(0, 1).MoveToOuterDisposeScope());
        }

        return stack(maps).MoveToOuterDisposeScope();
    }
}
