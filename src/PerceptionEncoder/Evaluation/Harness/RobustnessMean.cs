using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>The last column of the robustness table: the mean over its sets.</summary>
public static class RobustnessMean
{
    /// <summary>Mean of each figure that all sets have, every set weighing the same.</summary>
    /// <param name="results">One model's, of the six sets; others are passed over.</param>
    public static EvaluationResult Of(IReadOnlyList<EvaluationResult> results)
    {
        var sets = results.Where(result => NamedSet.All.Any(set => set.Name == result.Dataset)).ToArray();
        var metrics = sets[0].Metrics.Keys.Where(name => sets.All(result => result.Metrics.ContainsKey(name)));
        return new EvaluationResult(
            NamedSet.Robustness,
            sets[0].Task,
            metrics.ToDictionary(name => name, name => sets.Average(result => result.Metrics[name])),
            sets.Sum(result => result.Samples),
            sets.Sum(result => result.Unreadable));
    }
}
