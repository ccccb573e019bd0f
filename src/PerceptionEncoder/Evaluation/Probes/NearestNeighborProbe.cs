using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B queries · D features · K neighbours · C classes
/// <summary>Weighted vote of the nearest training images by cosine; nothing is trained.</summary>
/// <remarks>
/// DINO, arXiv 2104.14294: a vote weighs exp(cosine / 0.07). DINOv2's weights are these divided by their sum, which changes no ranking; it
/// reports every number of neighbours, and so does the published protocol, with the best of them on the test part under the plain names.
/// </remarks>
internal sealed class NearestNeighborProbe(ProbeOptions options, Device device)
{
    private const int BankAtOnce = 1 << 16;
    private const int QueriesAtOnce = 1024;

    public ProbeScore Measure(ProbeData data, CancellationToken cancellation)
    {
        if (options.Protocol == ProbeProtocol.Published)
        {
            return Published(data, cancellation);
        }

        var neighbors = options.Neighbors[0];
        if (options.Neighbors.Count > 1 && data.Split.HeldOut.Count > 0)
        {
            var tried = Measure(data, data.Train, data.Split.HeldOut, data.TrainLabels, data.Split.Fit, options.Neighbors, cancellation);
            neighbors = options.Neighbors[ProbeData.Best(tried.Length, i => tried[i].Compute()["acc1"])];
        }

        return new ProbeScore(OnTest(data, [neighbors], cancellation)[0], ("k", neighbors));
    }

    /// <summary>Names of the figures under the published protocol.</summary>
    /// <param name="neighbors">Every number of neighbours.</param>
    /// <param name="names">Of the figures of one.</param>
    public static IReadOnlyList<string> NamesOfEach(IReadOnlyList<int> neighbors, IReadOnlyList<string> names)
        => [.. names, .. neighbors.SelectMany(count => names.Select(name => $"k{count}_{name}"))];

    private ProbeScore Published(ProbeData data, CancellationToken cancellation)
    {
        var figures = OnTest(data, options.Neighbors, cancellation);
        var best = ProbeData.Best(figures.Length, i => figures[i]["acc1"]);
        var each = options.Neighbors.Zip(figures)
            .SelectMany(entry => entry.Second.Select(metric => KeyValuePair.Create($"k{entry.First}_{metric.Key}", metric.Value)));
        return new ProbeScore(new Dictionary<string, double>(figures[best].Concat(each)), ("k", options.Neighbors[best]));
    }

    private IReadOnlyDictionary<string, double>[] OnTest(ProbeData data, IReadOnlyList<int> neighbors, CancellationToken cancellation)
        => Array.ConvertAll(
            Measure(
                data,
                data.Test,
                [.. Enumerable.Range(0, data.TestLabels.Count)],
                data.TestLabels,
                data.Split.Final,
                neighbors,
                cancellation),
            metrics => metrics.Compute());

    /// <summary>One account for each number of neighbours, from one search.</summary>
    private ClassificationMetrics[] Measure(
        ProbeData data, FeatureRows rows, IReadOnlyList<int> chosen, IReadOnlyList<int> labels, IReadOnlyList<int> bank,
        IReadOnlyList<int> neighbors, CancellationToken cancellation)
    {
        var metrics = neighbors.Select(_ => new ClassificationMetrics(data.Classes)).ToArray();
        foreach (var chunk in chosen.Chunk(QueriesAtOnce))
        {
            using var scope = NewDisposeScope();
            var (cosines, classes) = Nearest(rows.Take(chunk, device), data, bank, neighbors.Max(), cancellation);
            foreach (var (i, count) in neighbors.Index())
            {
                var voters = Math.Min(count, cosines.shape[1]);
                var weights = (cosines.narrow(1, 0, voters) / options.Temperature).exp();
                var votes = zeros([chunk.Length, data.Classes], device: device).scatter_add_(1, classes.narrow(1, 0, voters), weights);
                metrics[i].Add(votes, [.. chunk.Select(row => labels[row])]);
            }
        }

        return metrics;
    }

    /// <summary>Cosines of the nearest training images, the nearest first, and their classes.</summary>
    /// <param name="queries">[B, D], any length.</param>
    /// <param name="data">Has the training images.</param>
    /// <param name="bank">Those that count.</param>
    /// <param name="neighbors">K at most.</param>
    /// <param name="cancellation">Stops between chunks of the bank.</param>
    /// <returns>[B, K], and int64 [B, K].</returns>
    private (Tensor Cosines, Tensor Classes) Nearest(
        Tensor queries,
        ProbeData data,
        IReadOnlyList<int> bank,
        int neighbors,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var units = nn.functional.normalize(queries, p: 2, dim: -1);
        var best = empty([units.shape[0], 0], device: device);
        var classes = empty([units.shape[0], 0], int64, device);
        foreach (var chunk in bank.Chunk(BankAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var cosines = matmul(units, nn.functional.normalize(data.Train.Take(chunk, device), p: 2, dim: -1).t());
            var labels = data.LabelTensor(chunk, device).expand(cosines.shape);
            (cosines, labels) = (cat([best, cosines], 1), cat([classes, labels], 1));
            var (values, indexes) = cosines.topk((int)Math.Min(neighbors, cosines.shape[1]), dim: 1);
            (best, classes) = (values.MoveToOuterDisposeScope(), labels.gather(1, indexes).MoveToOuterDisposeScope());
        }

        return (best.MoveToOuterDisposeScope(), classes.MoveToOuterDisposeScope());
    }
}
