using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Data.Samples;

/// <summary>Random changes of a training image. Defaults of the pretraining table; contrast and hue are not changed there.</summary>
public sealed record AugmentationOptions
{
    /// <summary>No randomness: the whole image, squashed.</summary>
    public static AugmentationOptions None { get; } = new() { CropScale = null, Brightness = 0, Saturation = 0, Flip = 0 };

    /// <summary>Range of the crop's share of the area; null keeps the whole image.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public Interval? CropScale { get; init; } = new(0.08, 1);

    /// <summary>Range of the crop's width / height, log-uniform.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public Interval Aspect { get; init; } = new(0.75, 1.33);

    /// <summary>Brightness is multiplied by a factor in [1 - x, 1 + x]; 0 leaves it.</summary>
    [Range(0.0, double.MaxValue)]
    public double Brightness { get; init; } = 0.32;

    /// <summary>Saturation is multiplied by a factor in [1 - x, 1 + x]; 0 leaves it.</summary>
    [Range(0.0, double.MaxValue)]
    public double Saturation { get; init; } = 0.32;

    /// <summary>
    /// Contrast, the distance to the image's mean grey, is multiplied by a factor in [1 - x, 1 + x]; 0 leaves it, as in pretraining.
    /// </summary>
    [Range(0.0, double.MaxValue)]
    public double Contrast { get; init; }

    /// <summary>Hue is turned by up to this share of the colour circle, either way; 0 leaves it, as in pretraining.</summary>
    [Range(0.0, 0.5)]
    public double Hue { get; init; }

    /// <summary>Share of images whose brightness, saturation, contrast and hue are changed. All (inferred).</summary>
    [Range(0.0, 1.0)]
    public double JitterProbability { get; init; } = 1;

    /// <summary>Probability of a horizontal flip.</summary>
    [Range(0.0, 1.0)]
    public double Flip { get; init; } = 0.5;
}
