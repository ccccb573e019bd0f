using PerceptionEncoder.Data.Items;
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
    /// <summary>File of the picture that it is of; empty where there is none.</summary>
    public string Picture { get; init; } = "";

    /// <summary>The picture's name in its set.</summary>
    public string Key { get; init; } = "";

    /// <summary>The window of the picture that it is of; null for all of it.</summary>
    public SegmentationTile? Tile { get; init; }

    /// <summary>Reads a mask and checks its indices.</summary>
    /// <param name="path">PNG of indices, whatever its palette, or of 8-bit grey.</param>
    /// <param name="set">Its classes.</param>
    /// <param name="labels">What the numbers in the file become.</param>
    /// <exception cref="BadSampleException">It cannot be read, or has an index that is neither a class nor the unlabelled one.</exception>
    public static SegmentationMask Read(string path, SegmentationSetOptions set, byte[] labels)
        => Of(NumberImage.Decode(MediaItem.OfFile(path).ReadBytes().Span, set.MaxPixels), set, labels);

    /// <summary>Checks the indices of a mask.</summary>
    /// <exception cref="BadSampleException">One of them is neither a class nor the unlabelled one.</exception>
    public static SegmentationMask Of(NumberImage image, SegmentationSetOptions set, byte[] labels)
    {
        var high = Array.FindIndex(image.Values, value => value > byte.MaxValue);
        if (high >= 0)
        {
            throw new BadSampleException(
                "mask of 16 bits",
                $"number {image.Values[high]} at {Place(image, high)}; classes are numbers below 256");
        }

        var classes = Array.ConvertAll(image.Values, value => labels[value]);
        var strange = Array.FindIndex(classes, value => value >= set.Classes && value != set.Unlabelled);
        return strange < 0
            ? new SegmentationMask(image.Height, image.Width, classes)
            : throw new BadSampleException(
                "mask with a class beyond the set's",
                $"index {classes[strange]} at {Place(image, strange)}; "
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

    /// <summary>Labels at the middles of the cells of a grid.</summary>
    /// <param name="side">Cells a side.</param>
    /// <returns>uint8 [side, side].</returns>
    public Tensor At(int side)
    {
        var labels = new byte[side * side];
        for (var cell = 0; cell < labels.Length; cell++)
        {
            var (y, x) = Math.DivRem(cell, side);
            labels[cell] = Classes[((((2 * y) + 1) * Height / (2 * side)) * Width) + (((2 * x) + 1) * Width / (2 * side))];
        }

        return tensor(labels).view(side, side);
    }

    private static string Place(NumberImage image, int pixel) => $"x {pixel % image.Width}, y {pixel / image.Width}";
}
