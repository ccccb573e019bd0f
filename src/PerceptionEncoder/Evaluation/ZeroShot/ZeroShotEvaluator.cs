using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.ZeroShot;

// B images or clips · C classes · D embedding width
/// <summary>Zero-shot classification with a prompt ensemble.</summary>
/// <remarks>
/// Perception Encoder, App. B.1.2; data layout and figures as in CLIP-benchmark. ObjectNet is asked with its own class names, as there, and
/// a second time, under names with the prefix <c>mapped_</c>, with the ImageNet names that its classes are mapped to, as in WiSE-FT. A
/// clip's feature is the mean of its frames' raw ones, as in the published code: they are not scaled to unit length before, as they are for
/// retrieval.
/// </remarks>
/// <typeparam name="T">What an item is labelled with: its class, or its classes.</typeparam>
internal sealed class ZeroShotEvaluator<T> : IEvaluator
{
    private readonly ClassificationSet<T> set;
    private readonly Func<int, ClassFigures<T>> figuresOf;
    private readonly FeatureEncoder encoder;
    private readonly EncodedSet<T> items;
    private readonly EvaluationSession session;

    /// <param name="set">The data set.</param>
    /// <param name="figuresOf">Begins the figures of so many classes.</param>
    /// <param name="encoder">The model.</param>
    /// <param name="session">Keeps what is computed.</param>
    /// <param name="log">Takes a line for each item that cannot be used.</param>
    public ZeroShotEvaluator(
        ClassificationSet<T> set,
        Func<int, ClassFigures<T>> figuresOf,
        FeatureEncoder encoder,
        EvaluationSession session,
        Action<string> log)
    {
        (this.set, this.figuresOf, this.encoder, this.session) = (set, figuresOf, encoder, session);
        items = new EncodedSet<T>(
            set,
            encoder.Resolution,
            set.Media.Choose(encoder.Images, clips => encoder.Clips(clips, unitFrames: false)),
            session,
            log);
    }

    /// <inheritdoc/>
    public string Name => set.Options.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics
        => [.. set.Tasks.SelectMany(task => figuresOf(task.Classes).MetricNames.Select(name => task.Prefix + name))];

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No item can be used, a label is no class, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
        => session.Result(session.Key([items.Key, .. set.Tasks.SelectMany(Prompts)]), () => (Measure(cancellation), [items.Key]));

    private EvaluationResult Measure(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = set.Tasks.Select(task => Classifier(task, cancellation).cpu()).ToArray();
        var figures = set.Tasks.Select(task => figuresOf(task.Classes)).ToArray();
        foreach (var batch in items.Batches(cancellation))
        {
            using (batch)
            {
                EvaluationClock.Time(session.Clock.Measuring, () => Add(batch));
            }
        }

        if (!session.World.Writes)
        {
            return EvaluationSession.OfAnotherRank;
        }

        var metrics = set.Tasks.Zip(figures)
            .SelectMany(pair => pair.Second.Compute().Select(metric => KeyValuePair.Create(pair.First.Prefix + metric.Key, metric.Value)));
        return new EvaluationResult(
            Name,
            "zeroshot_classification",
            new Dictionary<string, double>(metrics),
            items.Samples,
            items.Unreadable);

        int Add(EncodedBatch<T> batch)
        {
            using var chunk = NewDisposeScope();
            for (var i = 0; i < set.Tasks.Count; i++)
            {
                figures[i].Add(
                    set.Tasks[i].ByClass(ZeroShotClassifier.Logits(batch.Features, weights[i])),
                    batch.Annotations);
            }

            return batch.Annotations.Count;
        }
    }

    /// <returns>[D, names]; empty on ranks that do not write.</returns>
    private Tensor Classifier(ZeroShotTask task, CancellationToken cancellation)
        => session.Classifier(Prompts(task), () => EvaluationClock.Time(
            session.Clock.Encoding,
            () => ZeroShotClassifier.Weights(task.Names, set.Templates, encoder.Texts, set.Options.Batch, session.World, cancellation)
                .RequireFinite("text", Name)));

    private IEnumerable<string> Prompts(ZeroShotTask task) => [$"{task.Names.Count} names", .. task.Names, .. set.Templates];
}
