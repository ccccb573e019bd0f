using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>The evaluator of a set of clips.</summary>
public static class VideoEvaluators
{
    /// <summary>[B.1.2].</summary>
    private const int DefaultFrames = 8;

    private static readonly HashSet<string> Published =
        new(["kinetics400", "kinetics600", "kinetics700", "ucf101", "hmdb51", "msrvtt", "msvd", "activitynet", "pvd"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Frames of a clip of a published set of clips; null where the name is none of theirs.</summary>
    public static int? FramesOf(string name) => Published.Contains(name) ? DefaultFrames : null;

    /// <summary>Checks that the set is there.</summary>
    /// <param name="set">With <see cref="EvaluationSetOptions.Frames"/>.</param>
    /// <param name="encoder">Of the model.</param>
    /// <param name="log">Takes a line for each clip that cannot be used.</param>
    /// <exception cref="UserErrorException">The set or ffmpeg is missing.</exception>
    public static IEvaluator Create(EvaluationSetOptions set, ClipEncoder encoder, Action<string> log) => set.Type switch
    {
        EvaluationType.Zeroshot => new VideoZeroShotEvaluator(set, encoder.EncodeClips, encoder.EncodeTexts, encoder.Resolution, log),
        _ => new VideoRetrievalEvaluator(set, encoder.EncodeClips, encoder.EncodeTexts, encoder.Resolution, log),
    };
}
