using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>Square parts of a picture that overlap and cover it, and the mean of what is said of each pixel.</summary>
/// <remarks>The published inference of segmentation: scores are averaged, not probabilities.</remarks>
internal static class SlidingWindows
{
    /// <summary>The windows, row by row; the last of a row and of a column are shifted back into the picture.</summary>
    /// <param name="height">Of the picture.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="side">Of a window; of a picture smaller than that both ways, its shorter side.</param>
    /// <param name="stride">From one window to the next.</param>
    public static IReadOnlyList<PixelBox> Of(int height, int width, int side, int stride)
    {
        if (height < side && width < side)
        {
            side = Math.Min(height, width);
        }

        return
        [
            .. from top in Starts(height, side, stride)
               from left in Starts(width, side, stride)
               select new PixelBox(left, top, Math.Min(side, width), Math.Min(side, height)),
        ];
    }

    /// <summary>Mean over the windows that a pixel is in.</summary>
    /// <param name="height">Of the picture.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="windows">That cover it.</param>
    /// <param name="scores">[B, C, h, w] of a window of that size.</param>
    /// <returns>[B, C, H, W].</returns>
    public static Tensor Average(int height, int width, IReadOnlyList<PixelBox> windows, Func<PixelBox, Tensor> scores)
    {
        using var scope = NewDisposeScope();
        Tensor? sums = null;
        Tensor? counts = null;
        foreach (var window in windows)
        {
            using var one = NewDisposeScope();
            var here = scores(window);
            if (sums is null)
            {
                sums = zeros([here.shape[0], here.shape[1], height, width], here.dtype, here.device).MoveToOuterDisposeScope();
                counts = zeros([1, 1, height, width], here.dtype, here.device).MoveToOuterDisposeScope();
            }

            Part(sums, window).add_(here, Scalars.One);
            Part(counts!, window).add_(Scalars.One, Scalars.One);
        }

        return sums!.div_(counts!).MoveToOuterDisposeScope();
    }

    private static Tensor Part(Tensor map, PixelBox window)
        => map.narrow(2, window.Top, window.Height).narrow(3, window.Left, window.Width);

    private static IEnumerable<int> Starts(int whole, int side, int stride)
        => Enumerable.Range(0, (Math.Max(whole - side + stride - 1, 0) / stride) + 1)
            .Select(index => Math.Max(Math.Min((index * stride) + side, whole) - side, 0));
}
