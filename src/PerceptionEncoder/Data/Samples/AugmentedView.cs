using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Samples;

/// <summary>What of a picture an augmented sample shows.</summary>
/// <param name="Box">In pixels of the picture.</param>
/// <param name="Width">Of the picture, in pixels.</param>
/// <param name="Height">Of the picture, in pixels.</param>
/// <param name="IsFlipped">Whether left and right have changed places.</param>
internal readonly record struct AugmentedView(PixelBox Box, int Width, int Height, bool IsFlipped);
