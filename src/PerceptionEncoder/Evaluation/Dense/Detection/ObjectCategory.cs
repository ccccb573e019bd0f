namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>A kind of objects.</summary>
/// <param name="Id">In annotations and detections.</param>
/// <param name="Name">For people.</param>
internal sealed record ObjectCategory(long Id, string Name);
