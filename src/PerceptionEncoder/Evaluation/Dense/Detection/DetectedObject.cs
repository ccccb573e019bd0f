namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>An object that a detector found in a picture.</summary>
/// <param name="Image">Id of the picture.</param>
/// <param name="Category">Id of what it is said to be.</param>
/// <param name="Box">Around it.</param>
/// <param name="Mask">Its pixels; null where boxes are scored.</param>
/// <param name="Score">The higher the surer.</param>
internal sealed record DetectedObject(long Image, long Category, ObjectBox Box, RunLengthMask? Mask, double Score)
{
    /// <summary>That of the mask where masks are scored, else of the box.</summary>
    public double Area { get; } = Mask?.Area ?? Box.Area;
}
