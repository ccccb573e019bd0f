namespace PerceptionEncoder.Evaluation.Dense.Detection;

// d detections, the surest first · t thresholds
/// <summary>Which detections of one category in one picture found which objects.</summary>
/// <param name="Scores">[d].</param>
/// <param name="Found">[t][d], the object that each found; null for none.</param>
/// <param name="Ignored">[t][d], whether it counts neither as right nor as wrong.</param>
/// <param name="Counted">Objects that must be found.</param>
internal sealed record MatchedDetections(double[] Scores, TrueObject?[][] Found, bool[][] Ignored, int Counted);
