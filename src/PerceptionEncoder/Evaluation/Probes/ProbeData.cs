using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Harness;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B images · C classes
/// <summary>What one probe learns from and is measured on.</summary>
/// <param name="Train">Features of the training images.</param>
/// <param name="TrainLabels">Their classes.</param>
/// <param name="Split">Their parts.</param>
/// <param name="Test">Features of the test images.</param>
/// <param name="TestLabels">Their classes.</param>
/// <param name="Classes">Of the set.</param>
internal sealed record ProbeData(
    FeatureRows Train,
    IReadOnlyList<int> TrainLabels,
    ProbeSplit Split,
    FeatureRows Test,
    IReadOnlyList<int> TestLabels,
    int Classes)
{
    private const int ImagesAtOnce = 256;

    /// <summary>The first of some candidates with the highest figure.</summary>
    public static int Best(int candidates, Func<int, double> measure) => Enumerable.Range(0, candidates).MaxBy(measure);

    /// <summary>Classes of some training images, int64.</summary>
    public Tensor LabelTensor(IReadOnlyList<int> rows, Device device)
        => tensor(rows.Select(row => (long)TrainLabels[row]).ToArray(), device: device);

    /// <summary>Top-1 on the held-out part; 0 where nothing is held out.</summary>
    /// <param name="scores">Features of some images to [B, C].</param>
    /// <param name="device">Where the features are wanted.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public double HeldOutAccuracy(Func<Tensor, Tensor> scores, Device device, CancellationToken cancellation)
        => Split.HeldOut.Count == 0 ? 0 : Measure(Train, Split.HeldOut, TrainLabels, scores, device, cancellation)["acc1"];

    /// <summary>All figures on the test images; parameters as <see cref="HeldOutAccuracy"/>.</summary>
    public IReadOnlyDictionary<string, double> TestMetrics(Func<Tensor, Tensor> scores, Device device, CancellationToken cancellation)
        => Measure(Test, [.. Enumerable.Range(0, TestLabels.Count)], TestLabels, scores, device, cancellation);

    private IReadOnlyDictionary<string, double> Measure(
        FeatureRows rows, IReadOnlyList<int> chosen, IReadOnlyList<int> labels, Func<Tensor, Tensor> scores, Device device,
        CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var metrics = new ClassificationMetrics(Classes);
        foreach (var chunk in chosen.Chunk(ImagesAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            metrics.Add(scores(rows.Take(chunk, device)), [.. chunk.Select(row => labels[row])]);
        }

        return metrics.Compute();
    }
}
