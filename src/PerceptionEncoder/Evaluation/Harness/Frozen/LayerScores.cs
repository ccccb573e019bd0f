namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>What one layer reached on one set.</summary>
/// <param name="Layer">Index of the block from 0.</param>
/// <param name="Metrics">By task and published name, as fractions: <c>knn_acc1</c>, <c>linear_acc1</c>, <c>attention_acc1</c>,
/// <c>zeroshot_acc1</c>, <c>segmentation_miou</c>, ...</param>
/// <param name="Chosen">The hyper-parameters that were best on the held-out part: <c>knn_k</c>, <c>linear_l2</c>,
/// <c>attention_learning_rate</c>, ...</param>
public sealed record LayerScores(int Layer, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, double> Chosen);
