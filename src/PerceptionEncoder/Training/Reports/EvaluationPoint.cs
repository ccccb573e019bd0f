using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Training.Reports;

/// <summary>What one evaluator measured at one step.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Samples">Samples seen by then.</param>
/// <param name="Metrics">Fractions by published name, in the order written.</param>
internal sealed record EvaluationPoint(long Step, double Samples, IReadOnlyDictionary<string, double> Metrics)
{
    private static readonly string[] Transforms = [.. Enum.GetNames<ImageFit>().Select(name => $"{SnakeCase.Of(name)}_")];

    /// <summary>
    /// The figures of some measurements that a page has room for: those of single transforms, of which the better one stands beside them,
    /// are left out.
    /// </summary>
    public static string[] Figures(IEnumerable<EvaluationPoint> points)
        => [.. points.SelectMany(point => point.Metrics.Keys).Distinct()
            .Where(name => !Transforms.Any(transform => name.StartsWith(transform, StringComparison.Ordinal)))];
}
