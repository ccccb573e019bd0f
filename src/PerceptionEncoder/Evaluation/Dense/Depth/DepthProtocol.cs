using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Which pixels of a depth map are scored, and how.</summary>
internal sealed record DepthProtocol
{
    /// <summary>Metres; what is not deeper has no reading.</summary>
    [Range(0, 1e6)]
    public double Minimum { get; init; } = 1e-3;

    /// <summary>Metres; what is not nearer does not count. 10 indoors, 80 on KITTI.</summary>
    [Range(0, 1e6)]
    public double Maximum { get; init; } = 10;

    /// <summary>Only the rectangle that Eigen et al. score in NYUv2, where the colour and the depth camera both see.</summary>
    public bool EigenCrop { get; init; }

    /// <summary>How scales are brought together.</summary>
    public DepthAlignment Alignment { get; init; }

    /// <summary>Rows 45 to 470 and columns 41 to 600 of 480 x 640, in proportion; the ends not in it.</summary>
    /// <remarks>Eigen, Puhrsch and Fergus, Depth Map Prediction from a Single Image, 2014; bounds are cut to whole pixels.</remarks>
    public static (int Top, int Bottom, int Left, int Right) Eigen(int height, int width)
        => (45 * height / 480, 471 * height / 480, 41 * width / 640, 601 * width / 640);
}
