namespace PerceptionEncoder.Training;

/// <summary>What one evaluator measured, in the shape CLIP-benchmark writes.</summary>
/// <param name="Dataset">Name of the set.</param>
/// <param name="Task">Such as <c>zeroshot_classification</c> or <c>zeroshot_retrieval</c>.</param>
/// <param name="Metrics">
/// Figures by published name: <c>acc1</c>, <c>acc5</c>, <c>mean_per_class_recall</c>, <c>image_retrieval_recall@5</c>, ... as fractions.
/// </param>
/// <param name="Samples">Samples the figures are over.</param>
/// <param name="Unreadable">Samples of the set that could not be read and are not in the figures.</param>
public sealed record EvaluationResult(
    string Dataset,
    string Task,
    IReadOnlyDictionary<string, double> Metrics,
    int Samples,
    int Unreadable);
