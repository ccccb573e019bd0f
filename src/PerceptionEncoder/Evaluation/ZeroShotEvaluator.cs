using System.Globalization;
using System.Text;
using PerceptionEncoder.Data;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

// B images · C classes · D embedding width
/// <summary>Zero-shot classification with a prompt ensemble.</summary>
/// <remarks>Perception Encoder, App. B.1.2; data layout and figures as in CLIP-benchmark.</remarks>
public sealed class ZeroShotEvaluator : IEvaluator
{
    private const string LabelMember = "cls";

    private readonly EvaluationSetOptions set;
    private readonly Func<Tensor, Tensor> encodeImages;
    private readonly Func<IReadOnlyList<string>, Tensor> encodeTexts;
    private readonly EvaluationReader<int> reader;
    private readonly IReadOnlyList<string> classNames;
    private readonly IReadOnlyList<string> templates;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="encodeImages">uint8 [B, 3, H, W] on the CPU to [B, D], any device.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, on the device of the images' features.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each sample that cannot be used.</param>
    /// <exception cref="UserErrorException">The folder, a shard, the class names or the templates are missing.</exception>
    public ZeroShotEvaluator(EvaluationSetOptions set, Func<Tensor, Tensor> encodeImages, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log)
    {
        this.set = set;
        this.encodeImages = encodeImages;
        this.encodeTexts = encodeTexts;
        var folder = ClipBenchmarkFolder.Open(set.Data, set.Split);
        classNames = folder.ReadClassNames();
        templates = folder.ReadTemplates();
        reader = new EvaluationReader<int>(set, resolution, ReadLabel, LabelMember, log);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No sample can be used, a label is no class, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = ZeroShotClassifier.Weights(classNames, templates, encodeTexts, set.Batch, cancellation).RequireFinite("text", set.Name);
        var metrics = new ClassificationMetrics(classNames.Count);
        foreach (var batch in reader.Batches(cancellation))
        {
            using var chunk = NewDisposeScope();
            using (batch)
            {
                var features = encodeImages(batch.Images).RequireFinite("image", set.Name);
                metrics.Add(ZeroShotClassifier.Logits(features, weights), batch.Annotations);
            }
        }

        return new EvaluationResult(set.Name, "zeroshot_classification", metrics.Compute(), reader.Samples, reader.Unreadable);
    }

    private int ReadLabel(Sample sample)
    {
        if (!sample.Members.TryGetValue(LabelMember, out var member))
        {
            throw new BadSampleException("missing label", $"no {LabelMember} among its members");
        }

        var text = Encoding.UTF8.GetString(member.Span).Trim();
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label))
        {
            throw new BadSampleException("label is not a number", $"'{text[..Math.Min(text.Length, 20)]}'");
        }

        return label >= 0 && label < classNames.Count
            ? label
            : throw new UserErrorException($"{sample.Shard}, sample {sample.Key}: label {label} is no line of {Path.Combine(set.Data, "classnames.txt")}, which has {classNames.Count} classes counted from 0. Use the class names that belong to these shards.");
    }
}
