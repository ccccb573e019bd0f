using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>How well detections found annotated objects.</summary>
/// <param name="Result">COCO's twelve figures by name, as fractions; -1, as published, where there is nothing to find.</param>
/// <param name="Categories">One a category, in the order of their ids; of all together where categories do not count.</param>
public sealed record DetectionScores(EvaluationResult Result, IReadOnlyList<CategoryScore> Categories);
