using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// B images · I all images · T all captions · D embedding width
/// <summary>Image–text retrieval in both directions, recall at 1, 5 and 10, under both published protocols.</summary>
/// <remarks>
/// <c>image_retrieval_recall@k</c> and <c>text_retrieval_recall@k</c> are CLIP-benchmark's. With the prefix <c>reweighted_</c> they are those of
/// the published Perception Encoder evaluation (App. B.1.2): softmax re-weighting, and a caption that several images share is right for each of them.
/// </remarks>
public sealed class RetrievalEvaluator : IEvaluator
{
    internal const string CaptionMember = "txt";

    /// <summary>The published default.</summary>
    private const double ReweightScale = 1;

    private static readonly int[] Cutoffs = [1, 5, 10];

    private readonly EvaluationSetOptions set;
    private readonly EncodedSet<string[]> images;
    private readonly EncodedTexts texts;
    private readonly EvaluationSession? session;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="encodeImages">uint8 [B, 3, H, W] on the CPU to [B, D], normalised or not, any device.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, any device.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each sample that cannot be used.</param>
    /// <param name="session">Keeps what is computed; null to keep nothing.</param>
    /// <exception cref="UserErrorException">The folder or a shard is missing.</exception>
    public RetrievalEvaluator(
        EvaluationSetOptions set, Func<Tensor, Tensor> encodeImages, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log, EvaluationSession? session = null)
    {
        this.set = set;
        this.session = session;
        ClipBenchmarkFolder.Open(set.Data, set.Split);
        images = new EncodedSet<string[]>(set, new EvaluationReader<string[]>(set, resolution, ReadCaptions, CaptionMember, log), encodeImages, session, log);
        texts = new EncodedTexts(set.Name, set.Batch, encodeTexts, session);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => RetrievalMetrics.Names(Cutoffs);

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No sample can be used, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        var key = session?.Key([images.Key, "retrieval"]);
        return session?.FindResult(key!) ?? EvaluationClock.Time(session?.Clock.Total, () =>
        {
            var (result, textKey) = Measure(cancellation);
            session?.KeepResult(key!, result, images.Key, textKey);
            return result;
        });
    }

    private (EvaluationResult Result, string TextKey) Measure(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (imageFeatures, captionsOfImages) = EncodeImages(cancellation);
        string[] captions = [.. captionsOfImages.SelectMany(captions => captions)];
        int[] imageOfCaption = [.. captionsOfImages.SelectMany((captions, image) => captions.Select(_ => image))];
        var (textFeatures, textKey) = texts.Of(captions, cancellation);
        var metrics = EvaluationClock.Time(session?.Clock.Measuring, () =>
        {
            var (imageUnits, textUnits) = (nn.functional.normalize(imageFeatures, p: 2, dim: -1), nn.functional.normalize(textFeatures, p: 2, dim: -1));
            var plain = RetrievalMetrics.Recall(imageUnits, textUnits, imageOfCaption, Cutoffs).ToDictionary();
            foreach (var (name, value) in RetrievalMetrics.Recall(imageUnits, textUnits, imageOfCaption, Cutoffs, NumberEqual(captions), ReweightScale))
            {
                plain[RetrievalMetrics.Reweighted + name] = value;
            }

            return plain;
        });
        return (new EvaluationResult(set.Name, "zeroshot_retrieval", metrics, images.Samples, images.Unreadable), textKey);
    }

    /// <returns>Features [I, D] on the CPU, and the captions of each image.</returns>
    private (Tensor Features, List<string[]> Captions) EncodeImages(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        var captions = new List<string[]>();
        foreach (var batch in images.Batches(cancellation))
        {
            using (batch)
            {
                features.Add(batch.Features.cpu().alias());
                captions.AddRange(batch.Annotations);
            }
        }

        return (cat(features).MoveToOuterDisposeScope(), captions);
    }

    /// <summary>Equal captions get equal numbers.</summary>
    private static long[] NumberEqual(string[] captions)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        return Array.ConvertAll(captions, caption => numbers.TryAdd(caption, numbers.Count) ? numbers.Count - 1 : numbers[caption]);
    }

    internal static string[] ReadCaptions(Sample sample)
    {
        if (!sample.Members.TryGetValue(CaptionMember, out var member))
        {
            throw new BadSampleException(CaptionedImage.MissingCaption, $"no {CaptionMember} among {sample.List()}");
        }

        var captions = CaptionedImage.Text(member.Span, CaptionMember).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return captions.Length > 0 ? captions : throw new BadSampleException(CaptionedImage.MissingCaption, $"its {CaptionMember} is blank");
    }
}
