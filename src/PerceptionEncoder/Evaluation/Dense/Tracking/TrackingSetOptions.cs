using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>
/// Clips whose objects are marked in the first frame, in DAVIS' layout: <c>JPEGImages/480p/CLIP/00000.jpg</c> beside
/// <c>Annotations/480p/CLIP/00000.png</c> and <c>ImageSets/2017/val.txt</c>, and how labels are carried through them.
/// </summary>
public sealed record TrackingSetOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>The folder that holds <c>JPEGImages</c>.</summary>
    public required string Data { get; init; }

    /// <summary>
    /// 2017: masks are indices of objects, 255 is nothing. 2016: whatever is not 0 is the one object. auto: 2016 for clips whose first mask
    /// has no other values than 0 and 255.
    /// </summary>
    [RegularExpression("auto|2016|2017", ErrorMessage = "is auto, 2016 or 2017")]
    public string Year { get; init; } = "auto";

    /// <summary>Name of the list of clips.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Whose evaluation is followed in what is not given.</summary>
    public TrackingProtocol Protocol { get; init; } = TrackingProtocol.Dino;

    /// <summary>Short side of the frames that are encoded, in pixels; brought to whole patches.</summary>
    [Range(1, int.MaxValue)]
    public int Resolution { get; init; } = 480;

    /// <summary>Frames before the present one that it is compared with, besides the first.</summary>
    [Range(0, 10_000)]
    public int Last { get; init; } = 7;

    /// <summary>Patches that give a patch its labels.</summary>
    [Range(1, 10_000)]
    public int TopK { get; init; } = 5;

    /// <summary>Patches are compared within this many patches; 0 for all.</summary>
    [Range(0, 10_000)]
    public double Radius { get; init; } = 12;

    /// <summary>What is within the radius; null for the protocol's.</summary>
    public NeighborhoodShape? Shape { get; init; }

    /// <summary>Divides the cosines before the softmax; null for the protocol's.</summary>
    [Range(1e-6, 1e6)]
    public double? Temperature { get; init; }

    /// <summary>Frames encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 8;

    /// <summary>MiB that the comparisons of patches may take at once.</summary>
    [Range(1, 1 << 20)]
    public int Memory { get; init; } = 256;

    /// <summary>Frames of more pixels are refused.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    internal PropagationOptions Propagation => new()
    {
        Last = Last,
        Nearest = TopK,
        Radius = Radius,
        Shape = Shape ?? (Protocol == TrackingProtocol.Dino ? NeighborhoodShape.Square : NeighborhoodShape.Circle),
        Temperature = Temperature ?? (Protocol == TrackingProtocol.Dino ? 0.1 : 0.2),
        Memory = (long)Memory << 20,
    };

    /// <summary>Checks all values, for callers that do not come from a config file, which checks them with line and column.</summary>
    /// <exception cref="UserErrorException">A value out of its range; names it.</exception>
    internal void Check()
    {
        foreach (var (key, problem) in RecordRules.Problems(this))
        {
            throw new UserErrorException($"tracking.{key}: {problem}.");
        }
    }
}
