using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation;

/// <summary>From a set's options to what measures it: the one place, for commands, training, checks and ablations alike.</summary>
public static class Evaluators
{
    /// <summary>Opens the set; where no transform is chosen, the better of both is reported.</summary>
    /// <param name="set">The set.</param>
    /// <param name="encoder">Of the model.</param>
    /// <param name="log">Takes a line for each sample that cannot be used; the same line only once for both transforms.</param>
    /// <param name="session">Keeps what is computed; null to keep nothing.</param>
    /// <exception cref="UserErrorException">The set, its names, its prompts or ffmpeg is missing.</exception>
    public static IEvaluator Create(EvaluationSetOptions set, ClipEncoder encoder, Action<string> log, EvaluationSession? session = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(encoder);
        return Create(OpenedSet.Open(set, log), FeatureEncoder.Of(encoder), log, session ?? EvaluationSession.None);
    }

    /// <summary>For a set that has been opened.</summary>
    internal static IEvaluator Create(OpenedSet set, FeatureEncoder encoder, Action<string> log, EvaluationSession session)
    {
        if (set.Options.Transform is not null)
        {
            return OfOneTransform(set, encoder, log, session);
        }

        var said = new HashSet<string>(StringComparer.Ordinal);
        return new BestTransformEvaluator(fit => OfOneTransform(
            set with { Options = set.Options with { Transform = fit } },
            encoder,
            line =>
            {
                if (said.Add(line) || fit == BestTransformEvaluator.First)
                {
                    log(line);
                }
            },
            session));
    }

    private static IEvaluator OfOneTransform(OpenedSet set, FeatureEncoder encoder, Action<string> log, EvaluationSession session) => set switch
    {
        ClassificationSet classes => new ZeroShotEvaluator(classes, encoder, session, log),
        OpenedSet<string[]> captions => new RetrievalEvaluator(captions, encoder, session, log),
        _ => throw new ArgumentException($"nothing measures {set.GetType()}", nameof(set)),
    };
}
