using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

/// <summary>Whether a set is there and whole enough to be measured, seen before there is a model.</summary>
public static class EvaluationSetCheck
{
    /// <summary>Looks for the set's samples, class names and templates, and for ffmpeg where it has clips.</summary>
    /// <returns>Names of the figures that will be measured.</returns>
    /// <exception cref="UserErrorException">Something is missing or damaged.</exception>
    public static IReadOnlyList<string> Demand(EvaluationSetOptions set)
    {
        ArgumentNullException.ThrowIfNull(set);

        // Making an evaluator looks; it is never asked to measure.
        return set.Transform is null ? new BestTransformEvaluator(_ => Look(set)).Metrics : Look(set).Metrics;
    }

    private static IEvaluator Look(EvaluationSetOptions set) => (set.Type, set.Frames) switch
        {
        (EvaluationType.Zeroshot, null) => new ZeroShotEvaluator(set, NoModel, NoModel, resolution: 1, Ignore),
        (EvaluationType.Zeroshot, _) => new VideoZeroShotEvaluator(set, NoModel, NoModel, resolution: 1, Ignore),
        (_, null) => new RetrievalEvaluator(set, NoModel, NoModel, resolution: 1, Ignore),
        _ => new VideoRetrievalEvaluator(set, NoModel, NoModel, resolution: 1, Ignore),
    };

    private static Tensor NoModel<T>(T input) => throw new InvalidOperationException($"{input} cannot be encoded without a model");

    private static void Ignore(string line)
    {
        // Each line is said again when the evaluator that measures is made.
    }
}
