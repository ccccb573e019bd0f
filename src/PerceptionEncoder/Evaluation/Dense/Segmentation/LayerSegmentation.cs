using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using MaskedTokens = PerceptionEncoder.Evaluation.Harness.Frozen.LayerTokens<PerceptionEncoder.Evaluation.Dense.Segmentation.SegmentationMask>;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

// n images · P patches = grid² · D width · C classes
/// <summary>
/// Linear segmentation probe at any number of layers: each part of the set is encoded once. A linear classifier of patch tokens learns the
/// classes' shares of each patch, by L-BFGS with a penalty chosen on held-out images; its scores, bilinearly enlarged to each mask, are
/// measured pixel by pixel.
/// </summary>
/// <remarks>
/// The paper's dense probe is a linear layer and a convolution on one layer's tokens under AdamW [B.3]. Here there is no convolution, and
/// the pixels' cross-entropy, of scores that are constant over a patch, is convex: its minimum needs no learning rate, so that layers are
/// compared and not their tuning.
/// </remarks>
public sealed class LayerSegmentation : LayerEvaluator
{
    private const string Task = "segmentation";

    /// <summary>The set.</summary>
    public required SegmentationSetOptions Set { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private OpenedSet<SegmentationMask> Train => field ??= SegmentationFolder.Open(Set, "train");

    private OpenedSet<SegmentationMask> Test => field ??= SegmentationFolder.Open(Set, "test");

    private long Grid => Vision.Options.ImageSize / Vision.Options.PatchSize;

    private protected override void Validate() => Require(Layers.Count > 0 && Set.L2.Count > 0, "give at least one layer and one penalty.");

    private protected override IEnumerable<string> Deciding() => [JsonSerializer.Serialize(Set), Train.Fingerprint(), Test.Fingerprint()];

    private protected override IReadOnlyList<string> MetricsOf(string task) => SegmentationMetrics.Names;

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
    {
        var (train, test) = KeepTokens(Train, Test, layers, folder, cancellation);
        return new Encoded(this, train, test);
    }

    private LayerFigures Probe(int layer, MaskedTokens train, MaskedTokens test, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        int[] all = [.. Enumerable.Range(0, train.Annotations.Count)];
        int[] heldOut = [.. all.Where(image => image % Set.HoldOutEvery == Set.HoldOutEvery - 1)];
        var l2 = Set.L2.Count == 1 || heldOut.Length == 0
            ? Set.L2[0]
            : Choose(layer, train, [.. all.Except(heldOut)], heldOut, cancellation);
        var (standardization, regression) = Prepare(layer, train, all);
        var metrics = Measure(
            layer,
            test,
            [.. Enumerable.Range(0, test.Annotations.Count)],
            standardization,
            regression.Fit(l2, null, cancellation),
            cancellation);
        return new LayerFigures(
            layer,
            Task,
            metrics.Compute(),
            new Dictionary<string, double> { ["l2"] = l2 },
            test.Annotations.Count,
            test.Unreadable,
            train.Annotations.Count,
            train.Unreadable);
    }

    private double Choose(int layer, MaskedTokens train, int[] fit, int[] heldOut, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (standardization, regression) = Prepare(layer, train, fit);
        Tensor? classifier = null;
        double[] penalties = [.. Set.L2.OrderDescending()];
        return penalties[Enumerable.Range(0, penalties.Length).MaxBy(i =>
        {
            classifier = regression.Fit(penalties[i], classifier, cancellation);
            return Measure(layer, train, heldOut, standardization, classifier, cancellation).Compute()["miou"];
        })];
    }

    private (Standardization Standardization, LogisticRegression Regression) Prepare(int layer, MaskedTokens train, int[] images)
    {
        var tokens = train.Of(layer).Take(images, Device).flatten(0, 1);                                 // [n P, D]
        var standardization = Standardization.Of(tokens);
        var shares = cat(images.Select(image => train.Annotations[image].CellShares(Grid, Set.Classes, Set.Unlabelled)).ToArray())
            .SendTo(Device);                                                                                 // [n P, C]
        return (standardization, new LogisticRegression(standardization.Apply(tokens), shares, Set.Classes));
    }

    private SegmentationMetrics Measure(
        int layer,
        MaskedTokens part,
        int[] images,
        Standardization standardization,
        Tensor classifier,
        CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var metrics = new SegmentationMetrics(Set.Classes, Set.Unlabelled);
        foreach (var image in images)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var mask = part.Annotations[image];
            var tokens = standardization.Apply(part.Of(layer).Take([image], Device)).squeeze(0);         // [P, D]
            var scores = LogisticRegression.Scores(tokens, classifier).t().view(1, Set.Classes, Grid, Grid);
            var enlarged = nn.functional.interpolate(
                scores,
                [mask.Height, mask.Width],
                mode: InterpolationMode.Bilinear,
                align_corners: false);
            metrics.Add(enlarged.squeeze(0).argmax(0), mask);
        }

        return metrics;
    }

    private sealed class Encoded(LayerSegmentation probe, MaskedTokens train, MaskedTokens test) : EncodedLayers
    {
        public override LayerFigures Measure(int layer, string task, CancellationToken cancellation)
            => probe.Probe(layer, train, test, cancellation);

        public override void Dispose()
        {
            train.Dispose();
            test.Dispose();
        }
    }
}
