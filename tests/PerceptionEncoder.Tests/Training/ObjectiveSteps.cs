using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

internal static class ObjectiveSteps
{
    /// <summary>A step on batches that are there already and stay.</summary>
    public static IReadOnlyDictionary<string, double> Accumulate(
        this IObjective objective,
        IReadOnlyList<Batch> batches,
        StepContext context)
        => objective.Accumulate(MicroBatches.Of(batches), context);
}
