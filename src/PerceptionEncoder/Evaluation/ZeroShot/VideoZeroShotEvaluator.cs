using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.ZeroShot;

// B clips · F frames · D embedding width
/// <summary>Zero-shot classification of clips with a prompt ensemble: the mean of the frames' raw features, scaled to unit length, against the class names.</summary>
/// <remarks>Perception Encoder, App. B.1.2, and its published code: frames are not scaled to unit length before their mean, as they are for retrieval.</remarks>
public sealed class VideoZeroShotEvaluator : IEvaluator
{
    private readonly EvaluationSetOptions set;
    private readonly Func<Tensor, Tensor> encodeClips;
    private readonly Func<IReadOnlyList<string>, Tensor> encodeTexts;
    private readonly VideoClassificationSet clips;
    private readonly VideoReader<int> reader;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set; says how many frames.</param>
    /// <param name="encodeClips">uint8 [B, F, 3, H, W] on the CPU to the mean of the frames' raw features, [B, D], any device.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, on the device of the clips' features.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each clip that cannot be used.</param>
    /// <exception cref="UserErrorException">The set, its class names or its templates are missing, or ffmpeg is.</exception>
    public VideoZeroShotEvaluator(EvaluationSetOptions set, Func<Tensor, Tensor> encodeClips, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log)
    {
        this.set = set;
        this.encodeClips = encodeClips;
        this.encodeTexts = encodeTexts;
        clips = VideoClassificationSet.Open(set);
        reader = new VideoReader<int>(set, resolution, log);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => ClassificationMetrics.Names(clips.ClassNames.Count);

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No clip can be used, a label is no class, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = ZeroShotClassifier.Weights(clips.ClassNames, clips.Templates, encodeTexts, set.Batch, cancellation).RequireFinite("text", set.Name);
        var metrics = new ClassificationMetrics(clips.ClassNames.Count);
        foreach (var batch in reader.Batches(clips.Clips, cancellation))
        {
            using var chunk = NewDisposeScope();
            using (batch)
            {
                metrics.Add(ZeroShotClassifier.Logits(encodeClips(batch.Images).RequireFinite("clip", set.Name), weights), batch.Annotations);
            }
        }

        return new EvaluationResult(set.Name, "zeroshot_classification", metrics.Compute(), reader.Clips, reader.Unreadable);
    }
}
