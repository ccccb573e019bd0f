using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation;

/// <summary>From a set's options to what measures it: the one place, for commands, training and ablations alike.</summary>
public static class Evaluators
{
    /// <summary>Checks that the set is there; where no transform is chosen, the better of both is reported.</summary>
    /// <param name="set">The set.</param>
    /// <param name="encoder">Of the model.</param>
    /// <param name="log">Takes a line for each sample that cannot be used; the same line only once for both transforms.</param>
    /// <param name="session">Keeps what is computed of images; null to keep nothing.</param>
    /// <exception cref="UserErrorException">The set, its names, its prompts or ffmpeg is missing.</exception>
    public static IEvaluator Create(EvaluationSetOptions set, ClipEncoder encoder, Action<string> log, EvaluationSession? session = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(encoder);
        if (set.Transform is not null)
        {
            return OfOneTransform(set, encoder, log, session);
        }

        var said = new HashSet<string>(StringComparer.Ordinal);
        return new BestTransformEvaluator(fit => OfOneTransform(
            set with { Transform = fit },
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

    private static IEvaluator OfOneTransform(EvaluationSetOptions set, ClipEncoder encoder, Action<string> log, EvaluationSession? session) => (set.Type, set.Frames) switch
    {
        (EvaluationType.Zeroshot, null) => new ZeroShotEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, log, session),
        (_, null) => new RetrievalEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, log, session),
        (EvaluationType.Zeroshot, _) => new VideoZeroShotEvaluator(set, clips => encoder.EncodeClips(clips, unitFrames: false), encoder.EncodeTexts, encoder.Resolution, log),
        _ => new VideoRetrievalEvaluator(set, clips => encoder.EncodeClips(clips), encoder.EncodeTexts, encoder.Resolution, log),
    };
}
