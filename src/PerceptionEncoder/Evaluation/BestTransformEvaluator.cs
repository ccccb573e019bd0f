using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation;

/// <summary>
/// Measures with each image transform and gives the figures of the better one under their own names; those of each transform have its name before them
/// (<c>squash_acc1</c>, <c>center_crop_acc1</c>).
/// </summary>
/// <remarks>Perception Encoder, App. B.1.2: both transforms are tried, the better is reported.</remarks>
/// <param name="create">Makes the evaluator of one transform.</param>
public sealed class BestTransformEvaluator(Func<ImageFit, IEvaluator> create) : IEvaluator
{
    /// <summary>The figure that decides.</summary>
    public const string DecidingMetric = "acc1";

    private readonly IReadOnlyList<(ImageFit Fit, IEvaluator Evaluator)> evaluators = [.. Enum.GetValues<ImageFit>().Select(fit => (fit, create(fit)))];

    /// <inheritdoc/>
    public string Name => evaluators[0].Evaluator.Name;

    /// <inheritdoc/>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        var results = evaluators.Select(entry => (entry.Fit, Result: entry.Evaluator.Evaluate(cancellation))).ToArray();
        var best = results.MaxBy(entry => entry.Result.Metrics[DecidingMetric]).Result;
        var each = results.SelectMany(entry => entry.Result.Metrics.Select(metric => KeyValuePair.Create($"{SnakeCase.Of(entry.Fit.ToString())}_{metric.Key}", metric.Value)));
        return best with { Metrics = new Dictionary<string, double>(best.Metrics.Concat(each)) };
    }
}
