using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Measures with each image transform and gives the figures of the better one under their own names; those of each transform have its name
/// before them (<c>squash_acc1</c>, <c>center_crop_acc1</c>).
/// </summary>
/// <remarks>
/// Perception Encoder, App. B.1.2: both transforms are tried, the better is reported. Top-1, or the mean average precision, decides in
/// classification, the sum of recall@1 of both directions in retrieval, so that all figures of a set are of one transform; of equals the
/// squash.
/// </remarks>
/// <param name="create">Makes the evaluator of one transform.</param>
public sealed class BestTransformEvaluator(Func<ImageFit, IEvaluator> create) : IEvaluator
{
    /// <summary>The figures that decide, by their sum.</summary>
    private static readonly string[] Deciding = ["acc1", "mean_average_precision", "image_retrieval_recall@1", "text_retrieval_recall@1"];

    private readonly IReadOnlyList<(ImageFit Fit, IEvaluator Evaluator)> evaluators =
        [.. Enum.GetValues<ImageFit>().Select(fit => (fit, create(fit)))];

    /// <summary>The transform that is measured first.</summary>
    public static ImageFit First => Enum.GetValues<ImageFit>()[0];

    /// <inheritdoc/>
    public string Name => evaluators[0].Evaluator.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics =>
    [
        .. evaluators[0].Evaluator.Metrics,
        .. evaluators.SelectMany(entry => entry.Evaluator.Metrics.Select(name => Of(entry.Fit, name))),
    ];

    /// <inheritdoc/>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        var results = evaluators.Select(entry => (entry.Fit, Result: entry.Evaluator.Evaluate(cancellation))).ToArray();
        var best = results.MaxBy(entry => Deciding.Sum(name => entry.Result.Metrics.GetValueOrDefault(name))).Result;
        var each = results.SelectMany(
            entry => entry.Result.Metrics.Select(metric => KeyValuePair.Create(Of(entry.Fit, metric.Key), metric.Value)));
        return best with { Metrics = new Dictionary<string, double>(best.Metrics.Concat(each)) };
    }

    private static string Of(ImageFit fit, string metric) => $"{SnakeCase.Of(fit.ToString())}_{metric}";
}
