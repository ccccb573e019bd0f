using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>
/// Images with a class for every pixel, in CamVid's layout: <c>train/NAME.jpg</c> beside <c>trainannot/NAME.png</c>, <c>test/</c> beside
/// <c>testannot/</c>. Masks are 8-bit class indices.
/// </summary>
public sealed record SegmentationSetOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>The folder.</summary>
    public required string Data { get; init; }

    /// <summary>Number of classes; indices are below it.</summary>
    [Range(2, 255)]
    public required int Classes { get; init; }

    /// <summary>Index of pixels that have no class and do not count. 11 in CamVid, 255 in most other sets.</summary>
    [Range(0, 255)]
    public int Unlabelled { get; init; } = 255;

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 16;

    /// <summary>Penalties of the linear classifier, chosen between on held-out images.</summary>
    [Range(0, 1e6)]
    public IReadOnlyList<double> L2 { get; init; } = [1e-1, 1e-2, 1e-3, 1e-4];

    /// <summary>Every so many-th training image is held out; the chosen classifier is trained again on all of them.</summary>
    [Range(2, 1000)]
    public int HoldOutEvery { get; init; } = 5;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;
}
