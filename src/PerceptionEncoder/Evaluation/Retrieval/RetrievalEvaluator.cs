using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// I all images or clips · T all captions · D embedding width
/// <summary>Image–text or video–text retrieval in both directions, recall at 1, 5 and 10, under both published protocols.</summary>
/// <remarks>
/// <c>image_retrieval_recall@k</c> (text to image or clip) and <c>text_retrieval_recall@k</c> (image or clip to text; any of its captions
/// counts) are CLIP-benchmark's. With the prefix <c>reweighted_</c> they are those of the published Perception Encoder evaluation (App.
/// B.1.2): softmax re-weighting, and a caption that several images share is right for each of them. As in the published code, a clip's
/// score is the product of the text's unit feature with the mean of the frames' unit features, whose length tells how far the frames agree.
/// </remarks>
internal sealed class RetrievalEvaluator : IEvaluator
{
    /// <summary>The published default.</summary>
    private const double ReweightScale = 1;

    private static readonly int[] Cutoffs = [1, 5, 10];

    private readonly OpenedSet<string[]> set;
    private readonly EncodedSet<string[]> items;
    private readonly EncodedTexts texts;
    private readonly EvaluationSession session;

    /// <param name="set">The data set.</param>
    /// <param name="encoder">The model.</param>
    /// <param name="session">Keeps what is computed.</param>
    /// <param name="log">Takes a line for each item that cannot be used.</param>
    public RetrievalEvaluator(OpenedSet<string[]> set, FeatureEncoder encoder, EvaluationSession session, Action<string> log)
    {
        (this.set, this.session) = (set, session);
        items = new EncodedSet<string[]>(
            set,
            encoder.Resolution,
            set.Media.Choose(encoder.Images, clips => encoder.Clips(clips, unitFrames: true)),
            session,
            log);
        texts = new EncodedTexts(set.Options.Name, set.Options.Batch, encoder.Texts, session);
    }

    /// <inheritdoc/>
    public string Name => set.Options.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => RetrievalMetrics.Names(Cutoffs);

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No item can be used, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
        => session.Result(session.Key([items.Key, "retrieval"]), () => Measure(cancellation));

    private (EvaluationResult Result, string[] Features) Measure(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (features, captionsOfItems) = EncodeItems(cancellation);
        string[] captions = [.. captionsOfItems.SelectMany(captions => captions)];
        int[] itemOfCaption = [.. captionsOfItems.SelectMany((captions, item) => captions.Select(_ => item))];
        var (textFeatures, textKey) = texts.Of(captions, cancellation);
        if (!session.World.Writes)
        {
            return (EvaluationSession.OfAnotherRank, [items.Key, textKey]);
        }

        using var alone = session.World.Alone("retrieval");
        var metrics = EvaluationClock.Time(session.Clock.Measuring, () =>
        {
            var (units, textUnits) = (set.Media.Choose<Func<Tensor, Tensor>>(Unit, clips => clips)(features), Unit(textFeatures));
            var plain = RetrievalMetrics.Recall(units, textUnits, itemOfCaption, Cutoffs).ToDictionary();
            foreach (var (name, value) in RetrievalMetrics.Recall(
                units,
                textUnits,
                itemOfCaption,
                Cutoffs,
                NumberEqual(captions),
                ReweightScale))
            {
                plain[RetrievalMetrics.Reweighted + name] = value;
            }

            return plain;
        });
        return (new EvaluationResult(Name, "zeroshot_retrieval", metrics, items.Samples, items.Unreadable), [items.Key, textKey]);

        static Tensor Unit(Tensor features) => nn.functional.normalize(features, p: 2, dim: -1);
    }

    /// <returns>Features [I, D] on the CPU, and the captions of each item; nothing on ranks that do not write.</returns>
    private (Tensor Features, List<string[]> Captions) EncodeItems(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        var captions = new List<string[]>();
        foreach (var batch in items.Batches(cancellation))
        {
            using (batch)
            {
                features.Add(batch.Features.cpu().alias());
                captions.AddRange(batch.Annotations);
            }
        }

        return ((features.Count > 0 ? cat(features) : empty(0)).MoveToOuterDisposeScope(), captions);
    }

    /// <summary>Equal captions get equal numbers.</summary>
    private static long[] NumberEqual(string[] captions)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        return Array.ConvertAll(captions, caption => numbers.TryAdd(caption, numbers.Count) ? numbers.Count - 1 : numbers[caption]);
    }
}
