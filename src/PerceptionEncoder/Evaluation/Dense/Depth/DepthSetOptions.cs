using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>
/// Pictures with a depth for every pixel, PNG of 16 bits, 0 where there is no reading: scenes (<c>SCENE/rgb/NAME.jpg</c> beside
/// <c>SCENE/depth/NAME.png</c>), or lists of pairs as NYUv2 and KITTI have them; and what is trained and measured on them.
/// </summary>
public sealed record DepthSetOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>The folder.</summary>
    public required string Data { get; init; }

    /// <summary>What a metre is in the files; null for what the set itself says: meta.json, NYUv2's 1,000, KITTI's 256.</summary>
    [Range(1e-6, 1e9)]
    public double? DepthScale { get; init; }

    /// <summary>
    /// Scenes to measure; the others are trained on. The last by name where empty; where there is one, every fifth picture.
    /// </summary>
    public IReadOnlyList<string> TestScenes { get; init; } = [];

    /// <summary>Metres; readings that are not deeper do not count.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Minimum { get; init; } = 1e-3;

    /// <summary>Metres; readings that are not nearer do not count. 10 indoors, 80 on KITTI.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Maximum { get; init; } = 10;

    /// <summary>Score only the rectangle that Eigen et al. score in NYUv2.</summary>
    public bool EigenCrop { get; init; }

    /// <summary>How an answer's scale is brought to the truth's before it is scored.</summary>
    public DepthAlignment Align { get; init; }

    /// <summary>What is trained on the tokens.</summary>
    public DepthHeadKind Head { get; init; }

    /// <summary>
    /// Layers that a head sees: 1, the measured one, or 4, spread evenly up to the measured one. dpt on one layer sees it four times.
    /// </summary>
    [AllowedValues(1, 4, ErrorMessage = "expected 1 or 4")]
    public int LayersTogether { get; init; } = 1;

    /// <summary>Depths between which a head chooses, evenly over the range.</summary>
    [Range(2, 4096)]
    public int Bins { get; init; } = 256;

    /// <summary>Updates of the head. The paper's 20 epochs [B.3] of NYUv2 are 30,000 of 16 images.</summary>
    [Range(1, 100_000_000)]
    public long Steps { get; init; } = 1000;

    /// <summary>Images a step.</summary>
    [Range(1, 100_000)]
    public int TrainBatch { get; init; } = 8;

    /// <summary>Peak rate.</summary>
    [Range(0, 1e3)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Of first weights and order.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 16;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>Which pixels are scored, and how.</summary>
    internal DepthProtocol Protocol => new() { Minimum = Minimum, Maximum = Maximum, EigenCrop = EigenCrop, Alignment = Align };
}
