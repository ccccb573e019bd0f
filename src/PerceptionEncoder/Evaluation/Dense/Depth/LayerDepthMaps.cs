using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// B images · g grid · s side of the readings that are trained on
/// <summary>
/// Depth probe at any number of layers: each part of the set is encoded once, a head learns depths from the tokens of patches, and its
/// answers, bilinearly enlarged, are measured at every pixel that has a reading.
/// </summary>
/// <remarks>
/// The paper's is a DPT head on one frozen layer, trained for 20 epochs of NYUv2 [B.3]; losses, bins and metrics are DINOv2's and DINOv3's.
/// Class tokens are not looked at, and pictures are squashed to the model's square input. Training pictures are as evaluation sees them,
/// without the published crops, turns and colours, encoded once.
/// </remarks>
public sealed class LayerDepthMaps : LayerEvaluator
{
    private const string Task = "depth";
    private const double SlopeWeight = 0.5;
    private const int WarmupPart = 10;

    /// <summary>Of readings within the range, below which the scale must be wrong, or is doubted.</summary>
    private const double LeastShare = 0.01;
    private const double DoubtfulShare = 0.5;

    /// <summary>The set, and what is trained on it.</summary>
    public required DepthSetOptions Set { get; init; }

    /// <summary>Folder for a sheet of each test picture, its depths and the answer; null for none.</summary>
    public string? Pictures { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private DepthFiles Files => field ??= DepthFiles.Find(Set);

    private OpenedSet<DepthMap> Train => field ??= DepthFolder.Open(Set, Files.Train, "train", TrainSide);

    private OpenedSet<DepthMap> Test => field ??= DepthFolder.Open(Set, Files.Test, "test", side: null);

    private int Grid => Vision.Options.ImageSize / Vision.Options.PatchSize;

    /// <summary>Readings a side of a patch, in training: no fewer than a head tells apart.</summary>
    private int TrainSide => (Set.Head == DepthHeadKind.Dpt ? 8 : 4) * Grid;

    private protected override void Validate()
    {
        RequireValid(Set);
        AtomicFolder.RequireNew(Pictures);
        Require(Set.Minimum < Set.Maximum, $"minimum: {Set.Minimum} is not below the maximum {Set.Maximum}.");
        Require(Layers.Count > 0, "give at least one layer.");
        Require(
            Set.LayersTogether == 1 || Layers.All(layer => layer >= Set.LayersTogether - 1),
            $"layers_together: there are no {Set.LayersTogether} layers up to layer {Layers.Min()}.");
    }

    private protected override IEnumerable<string> Deciding() => [JsonSerializer.Serialize(Set), Train.Fingerprint(), Test.Fingerprint()];

    private protected override IReadOnlyList<string> MetricsOf(string task) => DepthFigures.Names;

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
    {
        var (train, test) = KeepTokens(Train, Test, [.. layers.SelectMany(Seen).Distinct().Order()], folder, cancellation);
        try
        {
            CheckScale(train.Annotations);
        }
        catch
        {
            train.Dispose();
            test.Dispose();
            throw;
        }

        return new Encoded(this, train, test);
    }

    /// <summary>Layers that the head of a layer sees.</summary>
    private IReadOnlyList<int> Seen(int layer) => Set.LayersTogether == 1 ? [layer] : DepthLayers.Four(layer + 1);

    private void CheckScale(IReadOnlyList<DepthMap> maps)
    {
        // Counted and not sorted: large sets have a thousand million.
        var counts = new SortedDictionary<double, long>();
        foreach (var scale in maps.GroupBy(map => map.Scale))
        {
            var ofReading = new long[ushort.MaxValue + 1];
            foreach (var reading in scale.SelectMany(map => map.Readings))
            {
                ofReading[reading]++;
            }

            foreach (var (reading, count) in ofReading.Index().Where(entry => entry.Index > 0 && entry.Item > 0))
            {
                counts[reading / scale.Key] = counts.GetValueOrDefault(reading / scale.Key) + count;
            }
        }

        var all = counts.Values.Sum();
        Require(all > 0, "none of the training pictures has a reading of depth: all are 0.");
        var share = counts.Where(entry => entry.Key > Set.Minimum && entry.Key < Set.Maximum).Sum(entry => entry.Value) / (double)all;
        var before = 0L;
        var median = counts.First(entry => (before += entry.Value) > all / 2).Key;
        var found = FormattableString.Invariant(
            $"{share:P0} of the readings are between {Set.Minimum} and {Set.Maximum} m, their median is {median:0.###} m");
        Require(share >= LeastShare, $"{found}: check --depth-scale, which is {maps[0].Scale} to a metre, and the range.");
        if (share < DoubtfulShare)
        {
            Work.Log($"{Name}: {found}; check the scale of depths and the range if that is not so");
        }
    }

    private LayerFigures Probe(int layer, LayerTokens<DepthMap> train, LayerTokens<DepthMap> test, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var bins = new DepthBins(Set.Minimum, Set.Maximum);
        using var head = Fit(layer, train, bins, cancellation);
        var metrics = new DepthMetrics(Set.Protocol);
        var sheets = Pictures is null ? null : new DepthSheets(Pictures);
        using var noGradient = no_grad();
        for (var image = 0; image < test.Annotations.Count; image++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var one = NewDisposeScope();
            var depths = bins.Depths(head.Scores(Maps(layer, test, [image])))[0, 0];
            var truth = test.Annotations[image];
            if (metrics.Add(truth.Metres(), depths) is null)
            {
                Work.Log($"{Name}: {truth.Key}: has no reading in the range, and is not in the figures");
            }

            sheets?.Write(truth, depths);
        }

        Require(metrics.Empty < test.Annotations.Count, $"no test picture has a reading between {Set.Minimum} and {Set.Maximum} m.");
        return new LayerFigures(
            layer,
            Task,
            metrics.Compute().Named(),
            new Dictionary<string, double>(),
            test.Annotations.Count - metrics.Empty,
            test.Unreadable + metrics.Empty,
            train.Annotations.Count,
            train.Unreadable);
    }

    private DepthHead Fit(int layer, LayerTokens<DepthMap> train, DepthBins bins, CancellationToken cancellation)
    {
        Randomness.Seed(Device, (long)Set.Seed);
        var head = DepthHead.Create(Set, train.Of(Seen(layer)[0]).All().shape[^1]);
        try
        {
            head.Module.to(Device);
            TrainHead(head, layer, train, bins, cancellation);
            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    private void TrainHead(DepthHead head, int layer, LayerTokens<DepthMap> train, DepthBins bins, CancellationToken cancellation)
    {
        var warmup = Math.Min(DepthLosses.WarmupSteps, Set.Steps / WarmupPart);
        new HeadTraining(Set.Steps, Set.TrainBatch, Set.LearningRate, Set.Seed).Run(
            head.Module,
            train.Annotations.Count,
            (images, step) =>
            {
                var right = stack(images.Select(image => train.Annotations[image].Metres()).ToArray()).unsqueeze(1).SendTo(Device);
                var valid = right.gt((float)Set.Minimum).logical_and(right.lt((float)Set.Maximum));
                if (valid.sum().ToInt64() < 2)
                {
                    return null;
                }

                var depths = TokenMaps.Resize(bins.Depths(head.Scores(Maps(layer, train, images))), right.shape[2..]);
                return DepthLosses.ScaleInvariant(depths, right, valid, step < warmup)
                    .add(DepthLosses.Slopes(depths, right, valid, logarithmic: true), Scalars.Of(SlopeWeight));
            },
            Device,
            cancellation);
    }

    private Tensor[] Maps(int layer, LayerTokens<DepthMap> part, IReadOnlyList<int> images)
        => [.. Seen(layer).Select(seen => TokenMaps.Of(part.Of(seen).Take(images, Device), Grid, Grid))];

    private sealed class Encoded(LayerDepthMaps probe, LayerTokens<DepthMap> train, LayerTokens<DepthMap> test) : EncodedLayers
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
