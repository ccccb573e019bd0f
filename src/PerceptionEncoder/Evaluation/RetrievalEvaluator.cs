using System.Text;
using System.Text.Unicode;
using PerceptionEncoder.Data;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

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
    private readonly Func<Tensor, Tensor> encodeImages;
    private readonly Func<IReadOnlyList<string>, Tensor> encodeTexts;
    private readonly EvaluationReader<string[]> reader;

    /// <summary>Checks that the data set is there, so that a training run learns of it at its start.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="encodeImages">uint8 [B, 3, H, W] on the CPU to [B, D], normalised or not, any device.</param>
    /// <param name="encodeTexts">n captions to [n, D], normalised or not, any device.</param>
    /// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
    /// <param name="log">Takes a line for each sample that cannot be used.</param>
    /// <exception cref="UserErrorException">The folder or a shard is missing.</exception>
    public RetrievalEvaluator(EvaluationSetOptions set, Func<Tensor, Tensor> encodeImages, Func<IReadOnlyList<string>, Tensor> encodeTexts, int resolution, Action<string> log)
    {
        this.set = set;
        this.encodeImages = encodeImages;
        this.encodeTexts = encodeTexts;
        ClipBenchmarkFolder.Open(set.Data, set.Split);
        reader = new EvaluationReader<string[]>(set, resolution, ReadCaptions, CaptionMember, log);
    }

    /// <inheritdoc/>
    public string Name => set.Name;

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No sample can be used, or the model's features are not finite.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (images, captionsOfImages) = EncodeImages(cancellation);
        string[] captions = [.. captionsOfImages.SelectMany(captions => captions)];
        int[] imageOfCaption = [.. captionsOfImages.SelectMany((captions, image) => captions.Select(_ => image))];
        var texts = EncodeCaptions(captions, cancellation);

        var metrics = RetrievalMetrics.Recall(images, texts, imageOfCaption, Cutoffs).ToDictionary();
        foreach (var (name, value) in RetrievalMetrics.Recall(images, texts, imageOfCaption, Cutoffs, NumberEqual(captions), ReweightScale))
        {
            metrics[$"reweighted_{name}"] = value;
        }

        return new EvaluationResult(set.Name, "zeroshot_retrieval", metrics, reader.Samples, reader.Unreadable);
    }

    /// <returns>Features [I, D] on the CPU, and the captions of each image.</returns>
    private (Tensor Features, List<string[]> Captions) EncodeImages(CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        var captions = new List<string[]>();
        foreach (var batch in reader.Batches(cancellation))
        {
            using var chunk = NewDisposeScope();
            using (batch)
            {
                features.Add(encodeImages(batch.Images).RequireFinite("image", set.Name).cpu().MoveToOuterDisposeScope());
                captions.AddRange(batch.Annotations);
            }
        }

        return (cat(features).MoveToOuterDisposeScope(), captions);
    }

    /// <returns>[T, D] on the CPU.</returns>
    private Tensor EncodeCaptions(string[] captions, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        foreach (var some in captions.Chunk(set.Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            features.Add(encodeTexts(some).RequireFinite("text", set.Name).cpu().MoveToOuterDisposeScope());
        }

        return cat(features).MoveToOuterDisposeScope();
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
            throw new BadSampleException(CaptionedImage.MissingCaption, $"no {CaptionMember} among its members");
        }

        if (!Utf8.IsValid(member.Span))
        {
            throw new BadSampleException(CaptionedImage.CaptionNotUtf8, $"{CaptionMember} of {member.Length} bytes");
        }

        var captions = Encoding.UTF8.GetString(member.Span).TrimStart('\uFEFF').Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return captions.Length > 0 ? captions : throw new BadSampleException(CaptionedImage.MissingCaption, $"its {CaptionMember} is blank");
    }
}
