using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Serialization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>
/// Segmentation probe at any number of layers: each part of the set is encoded once, a head learns the classes from the tokens of patches,
/// and its scores, bilinearly enlarged to each mask, are measured pixel by pixel.
/// </summary>
/// <remarks>
/// The paper's dense probe is a linear layer and a convolution on one layer's tokens under AdamW [B.3]. The default is a linear classifier
/// of the classes' shares of each patch instead, which is convex: its minimum needs no learning rate, so that layers are compared and not
/// their tuning.
/// </remarks>
public sealed class LayerSegmentation : LayerEvaluator
{
    private const string Task = "segmentation";

    /// <summary>The set, and what is trained on it.</summary>
    public required SegmentationSetOptions Set { get; init; }

    /// <summary>Folder for a sheet of each test picture, its mask and the answer; null for none.</summary>
    public string? Pictures { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private OpenedSet<SegmentationMask> Train => field ??= SegmentationFolder.Open(Set, training: true, Vision.Options.ImageSize);

    private OpenedSet<SegmentationMask> Test => field ??= SegmentationFolder.Open(Set, training: false, Vision.Options.ImageSize);

    private int Grid => Vision.Options.ImageSize / Vision.Options.PatchSize;

    private protected override void Validate()
    {
        RequireValid(Set);
        AtomicFolder.RequireNew(Pictures);
        Require(Layers.Count > 0 && Set.L2.Count > 0, "give at least one layer and one penalty.");
    }

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

    private LayerFigures Probe(
        int layer,
        LayerTokens<SegmentationMask> train,
        LayerTokens<SegmentationMask> test,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        Require(
            train.Annotations.Any(mask => mask.Classes.AsSpan().ContainsAnyExcept((byte)Set.Unlabelled)),
            $"no pixel of the training pictures has a class: all are {Set.Unlabelled}, which is unlabelled.");
        var score = new SegmentationScore(Set, Device);
        using var fitted = Set.Head == SegmentationHeadKind.Lbfgs
            ? new ConvexSegmentation(Set, Device, Grid).Fit(layer, train, score, cancellation)
            : new TrainedSegmentation(Set, Device, Grid).Fit(layer, train, cancellation);
        var sheets = Pictures is null ? null : new SegmentationSheets(Pictures);
        var metrics = score.Of(layer, test, fitted.Scores, sheets is null ? null : sheets.Write, cancellation);
        Require(metrics.Pixels > 0, $"no pixel of the test pictures has a class: all are {Set.Unlabelled}, which is unlabelled.");
        return new LayerFigures(
            layer,
            Task,
            metrics.Compute(),
            fitted.Chosen,
            SegmentationScore.Pictures(test.Annotations).Count,
            test.Unreadable,
            SegmentationScore.Pictures(train.Annotations).Count,
            train.Unreadable);
    }

    private sealed class Encoded(LayerSegmentation probe, LayerTokens<SegmentationMask> train, LayerTokens<SegmentationMask> test)
        : EncodedLayers
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
