using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Pairs of pictures with key points: SPair-71k's layout (<c>Layout</c>, <c>PairAnnotation</c>, <c>JPEGImages</c>), pairs of views with
/// cameras and depth (<c>pairs_with_gt.txt</c>, <c>images</c>, <c>depth</c>), or flat scenes in HPatches' layout (<c>SCENE/1.ppm</c>,
/// <c>SCENE/H_1_2</c>).
/// </summary>
public sealed record CorrespondenceSetOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>The folder.</summary>
    public required string Data { get; init; }

    /// <summary>Part of a set in SPair-71k's layout: <c>test</c>, <c>val</c> or <c>trn</c>.</summary>
    public string Split { get; init; } = "test";

    /// <summary>Which list of pairs of a set in SPair-71k's layout: <c>large</c> or <c>small</c>.</summary>
    public string Layout { get; init; } = "large";

    /// <summary>A key point is right within this share of a length.</summary>
    [Range(1e-3, 1)]
    [MinLength(1)]
    public IReadOnlyList<double> Alphas { get; init; } = [0.05, 0.1, 0.15];

    /// <summary>Of which length; null for the object's box where the set has boxes, else the picture.</summary>
    public CorrespondenceLength? Length { get; init; }

    /// <summary>
    /// So many times finer than the patches are places found, on bilinearly enlarged features; 1 compares the patches themselves.
    /// </summary>
    [Range(1, 16)]
    public int Enlarge { get; init; } = 1;

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 16;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;
}
