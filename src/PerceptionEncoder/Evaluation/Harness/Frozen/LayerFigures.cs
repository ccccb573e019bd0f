namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>What one task reached at one layer.</summary>
/// <param name="Layer">Index of the block from 0.</param>
/// <param name="Task">Such as <c>knn</c>.</param>
/// <param name="Metrics">By published name, as fractions.</param>
/// <param name="Chosen">The hyper-parameters that were best on the held-out part, by name.</param>
/// <param name="Samples">Test images.</param>
/// <param name="Unreadable">Test images that could not be read and are not in the figures.</param>
/// <param name="TrainSamples">Training images that were encoded; 0 where the task needs none.</param>
/// <param name="TrainUnreadable">Training images that could not be read.</param>
internal sealed record LayerFigures(
    int Layer, string Task, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, double> Chosen, int Samples,
    int Unreadable, int TrainSamples, int TrainUnreadable);
