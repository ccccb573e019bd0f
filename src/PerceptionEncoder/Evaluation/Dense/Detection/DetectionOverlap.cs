namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// How much a detection and an object overlap: intersection over union; with a crowd, over the detection alone, so that one person of a
/// crowd fits it whole.
/// </summary>
internal static class DetectionOverlap
{
    /// <summary>Of two boxes.</summary>
    public static double Of(ObjectBox detected, ObjectBox truth, bool isCrowd)
        => Ratio(detected.IntersectionArea(truth), detected.Area, truth.Area, isCrowd);

    /// <summary>Of two masks.</summary>
    public static double Of(RunLengthMask detected, RunLengthMask truth, bool isCrowd)
        => Ratio(detected.IntersectionArea(truth), detected.Area, truth.Area, isCrowd);

    /// <summary>Of their masks where masks are scored, else of their boxes.</summary>
    public static double Of(DetectedObject detected, TrueObject truth)
        => detected.Mask is { } mask && truth.Mask is { } other
            ? Of(mask, other, truth.IsCrowd)
            : Of(detected.Box, truth.Box, truth.IsCrowd);

    private static double Ratio(double both, double detected, double truth, bool isCrowd)
        => both == 0 ? 0 : both / (isCrowd ? detected : detected + truth - both);
}
