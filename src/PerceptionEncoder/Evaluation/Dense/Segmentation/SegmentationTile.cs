using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>A window of a picture, in which the picture is encoded part by part.</summary>
/// <param name="Window">In the picture as it was resized.</param>
/// <param name="Height">Of the picture as it was resized.</param>
/// <param name="Width">Of the picture as it was resized.</param>
/// <param name="Whole">Mask of the whole picture, of the size it has in its file; of the picture's first window only.</param>
internal sealed record SegmentationTile(PixelBox Window, int Height, int Width, SegmentationMask? Whole);
