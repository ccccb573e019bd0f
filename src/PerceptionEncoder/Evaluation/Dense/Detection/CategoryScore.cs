namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>How well one kind of objects is found.</summary>
/// <param name="Category">Its name.</param>
/// <param name="Objects">Annotated ones that must be found.</param>
/// <param name="AveragePrecision">Over IoU thresholds of 0.5, 0.55, ..., 0.95; null where there is nothing to find.</param>
/// <param name="AveragePrecision50">At the first.</param>
/// <param name="AveragePrecision75">At the sixth.</param>
/// <param name="Recall">Of 100 detections a picture, over the thresholds.</param>
public sealed record CategoryScore(
    string Category, int Objects, double? AveragePrecision, double? AveragePrecision50, double? AveragePrecision75, double? Recall);
