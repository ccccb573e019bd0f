using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>
/// Images with a class for every pixel, in a folder as the set's publisher lays it out. Masks are PNG of 8-bit class indices, grey or with
/// any palette.
/// </summary>
public sealed record SegmentationSetOptions
{
    /// <summary>Penalties that are chosen between where nothing else is said.</summary>
    public static IReadOnlyList<double> DefaultL2 { get; } = [1e-1, 1e-2, 1e-3, 1e-4];

    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>The folder.</summary>
    public required string Data { get; init; }

    /// <summary>How it is laid out; null to tell it by the folders.</summary>
    public SegmentationLayout? Layout { get; init; }

    /// <summary>Number of classes; indices are below it.</summary>
    [Range(2, 255)]
    public required int Classes { get; init; }

    /// <summary>Index of pixels that have no class and do not count. 11 in CamVid, 255 in most other sets.</summary>
    [Range(0, 255)]
    public int Unlabelled { get; init; } = 255;

    /// <summary>
    /// Index 0 is no class, and all others are one less than in the files, as in ADE20K; the number of classes leaves it out.
    /// </summary>
    public bool ReduceZeroLabel { get; init; }

    /// <summary>What is trained on the tokens.</summary>
    public SegmentationHeadKind Head { get; init; }

    /// <summary>
    /// Pixels between windows of the model's input size, in a picture whose shorter side has it; null to squash whole pictures.
    /// </summary>
    [Range(1, 100_000)]
    public int? Stride { get; init; }

    /// <summary>Updates of linear and conv. Published are 40,000, on a set 300 times as large as CamVid's part.</summary>
    [Range(1, 100_000_000)]
    public long Steps { get; init; } = 1000;

    /// <summary>Images a step of linear and conv.</summary>
    [Range(1, 100_000)]
    public int TrainBatch { get; init; } = 8;

    /// <summary>Peak rate of linear and conv. 1e-3 [B.3].</summary>
    [Range(0, 1e3)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Of first weights and order of linear and conv.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 16;

    /// <summary>Penalties of lbfgs, chosen between on held-out images.</summary>
    [Range(0, 1e6)]
    public IReadOnlyList<double> L2 { get; init; } = DefaultL2;

    /// <summary>Every so many-th training image is held out; the chosen classifier is trained again on all of them.</summary>
    [Range(2, 1000)]
    public int HoldOutEvery { get; init; } = 5;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;
}
