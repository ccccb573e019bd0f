using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>The class of every pixel.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Classes">[height, width], the index of the unlabelled among them.</param>
internal sealed record SegmentationMask(int Height, int Width, byte[] Classes)
{
    /// <summary>Reads a mask and checks its indices.</summary>
    /// <exception cref="BadSampleException">It is not grey, or has an index that is neither a class nor the unlabelled one.</exception>
    public static SegmentationMask Of(DecodedImage image, SegmentationSetOptions set)
    {
        if (image.Channels != 1)
        {
            throw new BadSampleException("mask is not 8-bit grey", $"it has {image.Channels} channels");
        }

        var strange = Array.FindIndex(image.Pixels, value => value >= set.Classes && value != set.Unlabelled);
        return strange < 0
            ? new SegmentationMask(image.Height, image.Width, image.Pixels)
            : throw new BadSampleException(
                "mask with a class beyond the set's",
                $"index {image.Pixels[strange]} at x {strange % image.Width}, y {strange / image.Width}; "
                + $"there are {set.Classes} classes and {set.Unlabelled} for unlabelled");
    }

    /// <summary>Share of each cell's area that each class has; what is unlabelled belongs to none.</summary>
    /// <param name="grid">Cells a side.</param>
    /// <param name="classes">C.</param>
    /// <param name="unlabelled">Index of what has no class.</param>
    /// <returns>float32 [grid * grid, C], row by row.</returns>
    public Tensor CellShares(long grid, int classes, int unlabelled)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(Classes).view(1, Height, Width);
        var pixels = labels.masked_fill(labels.eq(unlabelled), byte.MaxValue);      // classes are below it
        var each = arange(classes, uint8).view(-1, 1, 1).eq(pixels).to(float32);                             // [C, H, W]
        return nn.functional.adaptive_avg_pool2d(each, [grid, grid]).flatten(1).t().contiguous().MoveToOuterDisposeScope();
    }
}
