using System.Globalization;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Percentage of correct key points, as a fraction: over all key points, and as the mean over pairs of each pair's own, in which a pair
/// with many key points weighs no more than another. SPair-71k publishes the second.
/// </summary>
/// <param name="alphas">A key point is right within this share of the length, itself included.</param>
internal sealed class KeyPointMetrics(IReadOnlyList<double> alphas)
{
    private readonly long[] right = new long[alphas.Count];
    private readonly double[] shares = new double[alphas.Count];
    private long points;

    /// <summary>Pairs so far.</summary>
    public int Pairs { get; private set; }

    /// <summary>Names of the figures.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<double> alphas)
        => [.. alphas.SelectMany(alpha => new[] { Name(alpha), PairName(alpha) })];

    /// <summary>Adds a pair.</summary>
    /// <param name="found">Where each key point was found, in pixels.</param>
    /// <param name="truth">Where it is.</param>
    /// <param name="length">Of which the shares are.</param>
    public void Add(IReadOnlyList<KeyPoint> found, IReadOnlyList<KeyPoint> truth, double length)
    {
        for (var i = 0; i < alphas.Count; i++)
        {
            var near = found.Zip(truth).Count(pair => IsRight(pair.First, pair.Second, alphas[i], length));
            right[i] += near;
            shares[i] += (double)near / found.Count;
        }

        points += found.Count;
        Pairs++;
    }

    /// <summary>Whether a key point is found.</summary>
    public static bool IsRight(KeyPoint found, KeyPoint truth, double alpha, double length) => found.DistanceTo(truth) <= alpha * length;

    /// <summary>All figures.</summary>
    public IReadOnlyDictionary<string, double> Compute()
    {
        var figures = new Dictionary<string, double>();
        foreach (var (i, alpha) in alphas.Index())
        {
            figures[Name(alpha)] = (double)right[i] / points;
            figures[PairName(alpha)] = shares[i] / Pairs;
        }

        return figures;
    }

    private static string Name(double alpha) => string.Create(CultureInfo.InvariantCulture, $"pck@{alpha:0.###}");

    private static string PairName(double alpha) => string.Create(CultureInfo.InvariantCulture, $"pck_image@{alpha:0.###}");
}
