using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.ZeroShot;

// B images · C classes · D embedding width
/// <summary>Zero-shot classification with a prompt ensemble.</summary>
/// <remarks>
/// Perception Encoder, App. B.1.2; data layout and figures as in CLIP-benchmark. ObjectNet is asked with its own class names, as there, and a second time, under
/// names with the prefix <c>mapped_</c>, with the ImageNet names that its classes are mapped to, as in WiSE-FT.
/// </remarks>
public sealed class ZeroShotEvaluator : IEvaluator
{
    private const string LabelMember = "cls";

    private readonly EvaluationSetOptions set;
    private readonly Func<IReadOnlyList<string>, Tensor> encodeTexts;
    private readonly EncodedSet<int> images;
    private readonly IReadOnlyList<ZeroShotTask> tasks;
    private readonly IReadOnlyList<string> templates;
    private readonly EvaluationSession? session;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="encodeImages">uint8 [B, 3, H, W] on the CPU to [B, D], any device.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, on the device of the images' features.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each sample that cannot be used.</param>
    /// <param name="session">Keeps what is computed; null to keep nothing.</param>
    /// <exception cref="UserErrorException">The folder, a shard, the class names or the templates are missing.</exception>
    public ZeroShotEvaluator(
        EvaluationSetOptions set, Func<Tensor, Tensor> encodeImages, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log, EvaluationSession? session = null)
    {
        this.set = set;
        this.encodeTexts = encodeTexts;
        this.session = session;
        var source = SampleSource.Open(set);
        RequireOneClass(source);
        foreach (var note in source.Notes())
        {
            log($"{set.Name}: {note}");
        }

        tasks = ZeroShotTask.Of(set, source, log);
        templates = PromptFiles.Templates(set);
        images = new EncodedSet<int>(set, new EvaluationReader<int>(set, resolution, ReadLabel, LabelMember, log), encodeImages, session, log);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => [.. tasks.SelectMany(task => ClassificationMetrics.Names(task.Classes).Select(name => task.Prefix + name))];

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No sample can be used, a label is no class, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        var key = session?.Key([images.Key, .. tasks.SelectMany(Prompts)]);
        return session?.FindResult(key!) ?? EvaluationClock.Time(session?.Clock.Total, () =>
        {
            var result = Measure(cancellation);
            session?.KeepResult(key!, result, images.Key);
            return result;
        });
    }

    private EvaluationResult Measure(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = tasks.Select(task => Classifier(task, cancellation)).ToArray();
        var figures = tasks.Select(task => new ClassificationMetrics(task.Classes)).ToArray();
        foreach (var batch in images.Batches(cancellation))
        {
            using (batch)
            {
                EvaluationClock.Time(session?.Clock.Measuring, () => Add(batch));
            }
        }

        var metrics = tasks.Zip(figures).SelectMany(pair => pair.Second.Compute().Select(metric => KeyValuePair.Create(pair.First.Prefix + metric.Key, metric.Value)));
        return new EvaluationResult(set.Name, "zeroshot_classification", new Dictionary<string, double>(metrics), images.Samples, images.Unreadable);

        int Add(EncodedBatch<int> batch)
        {
            using var chunk = NewDisposeScope();
            for (var i = 0; i < tasks.Count; i++)
            {
                figures[i].Add(tasks[i].ByClass(ZeroShotClassifier.Logits(batch.Features, weights[i].to(batch.Features.device))), batch.Annotations);
            }

            return batch.Annotations.Count;
        }
    }

    /// <returns>[D, names].</returns>
    private Tensor Classifier(ZeroShotTask task, CancellationToken cancellation)
    {
        return session is null ? Compute() : session.Classifier(Prompts(task), Compute);

        Tensor Compute() => EvaluationClock.Time(
            session?.Clock.Encoding,
            () => ZeroShotClassifier.Weights(task.Names, templates, encodeTexts, set.Batch, cancellation).RequireFinite("text", set.Name));
    }

    private IEnumerable<string> Prompts(ZeroShotTask task) => [$"{task.Names.Count} names", .. task.Names, .. templates];

    private void RequireOneClass(SampleSource source)
    {
        var type = source is ShardSamples ? ClipBenchmarkFolder.TypeOf(set.Data) : null;
        if (type is "multilabel" or "retrieval")
        {
            throw new UserErrorException(type == "retrieval"
                ? $"{set.Data}: is a retrieval set, as its {ClipBenchmarkFolder.TypeFile} says. Use pe eval retrieval."
                : $"{set.Data}: is a multilabel set, as its {ClipBenchmarkFolder.TypeFile} says, with several classes an image; zero-shot classification wants one. Name another set.");
        }
    }

    private int ReadLabel(Sample sample)
    {
        if (!sample.Members.TryGetValue(LabelMember, out var member))
        {
            throw new BadSampleException("missing label", $"no {LabelMember} among {sample.List()}{(sample.Stored?.Contains("npy") == true ? "; a set with several labels an image has them in npy, and zero-shot classification wants one" : "")}");
        }

        var text = CaptionedImage.Text(member.Span, LabelMember).Trim();
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label))
        {
            var several = text.Split((char[])[' ', ',', ';', '[', ']', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
            throw new BadSampleException("label is not a number", $"'{text[..Math.Min(text.Length, 20)]}'{(several.Length > 1 && several.All(each => double.TryParse(each, CultureInfo.InvariantCulture, out _)) ? " are several labels, and zero-shot classification wants one an image" : "")}");
        }

        return label >= 0 && label < tasks[0].Classes
            ? label
            : throw new UserErrorException($"{sample.Shard}, sample {sample.Key}: label {label} is none of the {tasks[0].Classes} classes counted from 0 that {set.Name} has names for. Use the class names that belong to the set.");
    }
}
