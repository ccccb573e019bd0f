namespace PerceptionEncoder.Media.Images;

/// <summary>Filters of Pillow's <c>Image.resize</c>; the last two widen with the reduction, so they do not alias.</summary>
public enum Interpolation
{
    /// <summary>The pixel under the centre.</summary>
    Nearest,

    /// <summary>Triangle of half-width 1. The Perception Encoder's own.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, half-width 2.</summary>
    Bicubic,
}
