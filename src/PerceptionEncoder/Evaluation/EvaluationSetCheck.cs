using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;

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
        return Evaluators.Create(OpenedSet.Open(set, Ignore), FeatureEncoder.None, Ignore, EvaluationSession.None).Metrics;
    }

    private static void Ignore(string line)
    {
        // Each line is said again when the set is opened to be measured.
    }
}
