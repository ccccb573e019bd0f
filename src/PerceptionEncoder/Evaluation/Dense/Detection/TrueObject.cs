namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>An annotated object of a picture.</summary>
/// <param name="Id">Of the annotation.</param>
/// <param name="Image">Id of the picture.</param>
/// <param name="Category">Id of what it is.</param>
/// <param name="Box">Around it.</param>
/// <param name="Mask">Its pixels; null where boxes are scored.</param>
/// <param name="Area">As annotated; it decides between small, medium and large.</param>
/// <param name="IsCrowd">Many objects in one: it takes any number of detections and is none that must be found.</param>
internal sealed record TrueObject(long Id, long Image, long Category, ObjectBox Box, RunLengthMask? Mask, double Area, bool IsCrowd);
