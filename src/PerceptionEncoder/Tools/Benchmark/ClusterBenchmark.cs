using System.Diagnostics;
using PerceptionEncoder.Search;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.VideoEngine.Selection;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and quality of k-means on batches, beside passes over all rows, on vectors around hidden centres.</summary>
/// <param name="Seconds">On batches.</param>
/// <param name="Cosine">Mean of the rows with their nearest centre.</param>
/// <param name="LookSeconds">Of finding the nearest centre of every row.</param>
/// <param name="PassSeconds">By passes over all rows.</param>
/// <param name="PassCosine">Mean of the rows with their nearest centre, by passes.</param>
/// <param name="HiddenCosine">Of the rows with the centre that each was drawn around.</param>
public sealed record ClusterBenchmark(
    double Seconds,
    double Cosine,
    double LookSeconds,
    double PassSeconds,
    double PassCosine,
    double HiddenCosine)
{
    private const double Spread = 1.0;          // length of what is added to a centre

    /// <summary>Measures.</summary>
    /// <param name="rows">N.</param>
    /// <param name="features">C.</param>
    /// <param name="clusters">K; 0 for the root of N.</param>
    /// <param name="passes">Over all rows, to compare with.</param>
    /// <param name="compute">Matmul library; null for the defaults.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="UserErrorException">A number below one, or more clusters than rows.</exception>
    public static ClusterBenchmark Run(
        int rows,
        int features,
        int clusters,
        int passes,
        ComputeOptions? compute = null,
        CancellationToken cancellation = default)
    {
        clusters = clusters == 0 ? (int)Math.Round(Math.Sqrt(rows)) : clusters;
        if (rows < 1 || features < 1 || clusters < 1 || passes < 1 || clusters > rows)
        {
            throw new UserErrorException(
                $"bench: {rows} rows, {features} features, {clusters} clusters and {passes} passes must be at least 1, "
                + "with no more clusters than rows.");
        }

        using var held = MatmulBackend.Hold();
        (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(17);
        var hidden = nn.functional.normalize(randn(clusters, features), dim: -1);
        var own = randint(0, clusters, [rows], int64);
        var vectors = nn.functional.normalize(
            randn(rows, features).mul_(Scalars.Of(Spread / Math.Sqrt(features))).add_(hidden.index_select(0, own), Scalars.One),
            dim: -1);
        var hiddenCosine = (vectors * hidden.index_select(0, own)).sum(-1).mean().ToDouble();
        var clock = Stopwatch.StartNew();
        var centres = MiniBatchKMeans.Centres(vectors, clusters, 17, cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var cosine = SphericalKMeans.Nearest(vectors, centres).Products.mean().ToDouble();
        var lookSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var byPasses = SphericalKMeans.Centers(vectors, clusters, passes, cancellation);
        var passSeconds = clock.Elapsed.TotalSeconds;
        return new ClusterBenchmark(
            seconds,
            cosine,
            lookSeconds,
            passSeconds,
            SphericalKMeans.Nearest(vectors, byPasses).Products.mean().ToDouble(),
            hiddenCosine);
    }
}
