using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// B clips · I all clips · T all captions · D embedding width
/// <summary>Video–text retrieval in both directions, recall at 1, 5 and 10, under both published protocols.</summary>
/// <remarks>
/// Metrics have the published names, in which a clip is an image: <c>image_retrieval_recall@k</c> is text to video, <c>text_retrieval_recall@k</c> video to text; any of a clip's captions
/// counts. <c>reweighted_</c> as in <see cref="RetrievalEvaluator"/> (Perception Encoder, App. B.1.2). As in the published code, a clip's score is the product of the text's unit feature
/// with the mean of the frames' unit features, whose length tells how far the frames agree.
/// </remarks>
public sealed class VideoRetrievalEvaluator : IEvaluator
{
    private const double ReweightScale = 1;
    private static readonly int[] Cutoffs = [1, 5, 10];

    private readonly EvaluationSetOptions set;
    private readonly Func<Tensor, Tensor> encodeClips;
    private readonly Func<IReadOnlyList<string>, Tensor> encodeTexts;
    private readonly VideoReader<string[]> reader;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set; says how many frames.</param>
    /// <param name="encodeClips">uint8 [B, F, 3, H, W] on the CPU to the mean of the frames' unit features, [B, D], any device; its length is kept.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, any device.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each clip that cannot be used.</param>
    /// <exception cref="UserErrorException">The set is missing, or ffmpeg is.</exception>
    public VideoRetrievalEvaluator(EvaluationSetOptions set, Func<Tensor, Tensor> encodeClips, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log)
    {
        this.set = set;
        this.encodeClips = encodeClips;
        this.encodeTexts = encodeTexts;
        VideoRetrievalSet.Open(set, new Data.Shards.BadSamples());
        reader = new VideoReader<string[]>(set, resolution, log);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => RetrievalMetrics.Names(Cutoffs);

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No clip can be used, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var features = new List<Tensor>();
        var captions = new List<string>();
        var clipOfCaption = new List<int>();
        foreach (var batch in reader.Batches(faults => VideoRetrievalSet.Open(set, faults), cancellation))
        {
            using var chunk = NewDisposeScope();
            using (batch)
            {
                features.Add(encodeClips(batch.Images).RequireFinite("clip", set.Name).cpu().MoveToOuterDisposeScope());
                var first = reader.Clips - batch.Annotations.Count;
                clipOfCaption.AddRange(batch.Annotations.SelectMany((own, index) => own.Select(_ => first + index)));
                captions.AddRange(batch.Annotations.SelectMany(own => own));
            }
        }

        var (clips, texts) = (cat(features), EncodeCaptions(captions, cancellation));              // [I, D], [T, D]
        var metrics = RetrievalMetrics.Recall(clips, texts, clipOfCaption, Cutoffs).ToDictionary();
        foreach (var (name, value) in RetrievalMetrics.Recall(clips, texts, clipOfCaption, Cutoffs, NumberEqual(captions), ReweightScale))
        {
            metrics[RetrievalMetrics.Reweighted + name] = value;
        }

        return new EvaluationResult(set.Name, "zeroshot_retrieval", metrics, reader.Clips, reader.Unreadable);
    }

    private Tensor EncodeCaptions(List<string> captions, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        foreach (var some in captions.Chunk(set.Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            features.Add(nn.functional.normalize(encodeTexts(some).RequireFinite("text", set.Name), p: 2, dim: -1).cpu().MoveToOuterDisposeScope());
        }

        return cat(features).MoveToOuterDisposeScope();
    }

    /// <summary>Equal captions get equal numbers.</summary>
    private static List<long> NumberEqual(List<string> captions)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        return captions.ConvertAll(caption => numbers.TryAdd(caption, numbers.Count) ? numbers.Count - 1 : numbers[caption]);
    }
}
