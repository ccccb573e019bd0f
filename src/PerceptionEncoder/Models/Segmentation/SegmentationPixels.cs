using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Pixels as the trunk takes them.</summary>
/// <remarks>facebookresearch/sam2, sam2/utils/transforms.py: names and values only.</remarks>
public static class SegmentationPixels
{
    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Deviation = [0.229, 0.224, 0.225];

    /// <summary>Squeezes a picture into the square input and normalises it, in floating point all the way, as published.</summary>
    /// <param name="pixels">uint8 [3, H, W] RGB, or [1, 3, H, W], on any device.</param>
    /// <param name="side">Of the input.</param>
    /// <returns>float32 [1, 3, side, side], on the pixels' device.</returns>
    public static Tensor Normalize(Tensor pixels, int side)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var picture = (pixels.dim() == 3 ? pixels.unsqueeze(0) : pixels).to(float32).div_(Scalars.Of(255.0));
        var square = picture.shape[2] == side && picture.shape[3] == side ? picture
            : nn.functional.interpolate(picture, [side, side], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
        return square.sub(Of(Mean)).div_(Of(Deviation)).MoveToOuterDisposeScope();

        Tensor Of(double[] values) => tensor(values, float32, pixels.device).view(1, 3, 1, 1);
    }
}
