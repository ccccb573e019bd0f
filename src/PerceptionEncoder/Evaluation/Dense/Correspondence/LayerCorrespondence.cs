using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Serialization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Key points found by features alone, at any number of layers: nothing is trained. Each picture is encoded once; a key point of the first
/// picture of a pair is looked for in the second, where the feature is nearest to its own.
/// </summary>
public sealed class LayerCorrespondence : LayerEvaluator
{
    private const string Task = "correspondence";

    /// <summary>The set.</summary>
    public required CorrespondenceSetOptions Set { get; init; }

    /// <summary>New folder for a picture of each pair, of the one layer; null for none.</summary>
    public string? Pictures { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private IReadOnlyList<KeyPointPair> Pairs => field ??= CorrespondenceFolder.Pairs(Set, Work.Log);

    private OpenedSet<string> Images => field ??= CorrespondenceFolder.Images(Set, Pairs);

    private protected override void Validate()
    {
        RequireValid(Set);
        Require(Layers.Count > 0, "give at least one layer.");
        Require(Pictures is null || Layers.Count == 1, "pictures are of one layer.");
        AtomicFolder.RequireNew(Pictures);
    }

    private protected override IEnumerable<string> Deciding()
        => [JsonSerializer.Serialize(Set), Images.Fingerprint(), JsonSerializer.Serialize(Pairs)];

    private protected override IReadOnlyList<string> MetricsOf(string task) => KeyPointMetrics.Names(Set.Alphas);

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
        => new Encoded(this, KeepTokens(Images, "pictures", layers, folder, cancellation));

    private LayerFigures Match(int layer, LayerTokens<string> tokens, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var rows = tokens.Annotations.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        KeyPointPair[] pairs = [.. Pairs.Where(pair => rows.ContainsKey(pair.Source) && rows.ContainsKey(pair.Target))];
        Require(pairs.Length > 0, "of no pair both pictures can be read.");
        var metrics = new KeyPointMetrics(Set.Alphas);
        var found = new List<KeyPoint[]>();
        foreach (var pair in pairs)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var places = FeatureMatch.Find(tokens.Of(layer).Take([rows[pair.Source], rows[pair.Target]], Device), pair, Set.Enlarge);
            metrics.Add(places, pair.TargetPoints, pair.Length(Set.Length));
            if (Pictures is not null)
            {
                found.Add(places);
            }
        }

        if (Pictures is not null)
        {
            CorrespondencePicture.WriteAll(Pictures, Set, [.. pairs.Zip(found)], cancellation);
        }

        return new LayerFigures(
            layer,
            Task,
            metrics.Compute(),
            new Dictionary<string, double>(),
            pairs.Length,
            Pairs.Count - pairs.Length,
            0,
            0);
    }

    private sealed class Encoded(LayerCorrespondence evaluator, LayerTokens<string> tokens) : EncodedLayers
    {
        public override LayerFigures Measure(int layer, string task, CancellationToken cancellation)
            => evaluator.Match(layer, tokens, cancellation);

        public override void Dispose() => tokens.Dispose();
    }
}
