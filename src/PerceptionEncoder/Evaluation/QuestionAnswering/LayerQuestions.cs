using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>
/// The language task at any number of layers of a frozen tower [4.1]: each part of the set is encoded once; then for each layer a projector
/// and a small decoder, drawn from the same seed, learn to answer from its patch tokens for the same number of steps.
/// </summary>
public sealed class LayerQuestions : LayerEvaluator
{
    private const string Task = "questions";

    /// <summary>The set, and how the decoder learns.</summary>
    public required QuestionProbeOptions Set { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private OpenedSet<AskedQuestion> Train => field ??= Open(Set.Train, Set.TrainLimit);

    private OpenedSet<AskedQuestion> Test => field ??= Open(Set.Test, null);

    private int Grid => Vision.Options.ImageSize / Vision.Options.PatchSize;

    private protected override void Validate() => Require(
        Layers.Count > 0 && Grid >= Set.PoolingRatio,
        $"a grid of {Grid} patches a side has no token left at pooling_ratio {Set.PoolingRatio}.");

    private protected override IEnumerable<string> Deciding() => [JsonSerializer.Serialize(Set), Train.Fingerprint(), Test.Fingerprint()];

    private protected override IReadOnlyList<string> MetricsOf(string task) => [QuestionProbe.Exact];

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
    {
        var (train, test) = KeepTokens(Train, Test, layers, folder, cancellation);
        return new Encoded(this, train, test);
    }

    private OpenedSet<AskedQuestion> Open(string shards, int? limit) => new(
        new EvaluationSetOptions
        {
            Type = EvaluationType.Zeroshot, Name = Set.Name, Data = shards, Batch = Set.Batch, MaxPixels = Set.MaxPixels,
        },
        new ImageMedia(0),
        new ShardItems<AskedQuestion>(
            ShardOrder.Find(shards),
            MediaFiles.Images.Append("json").ToHashSet(StringComparer.OrdinalIgnoreCase),
            AskedQuestion.Of)
        {
            Chosen = limit is { } first ? Enumerable.Range(0, first).ToHashSet() : null,
        })
    {
        Advice = " Give shards with a picture and a .json with conversations a sample.",
    };

    private sealed class Encoded(LayerQuestions owner, LayerTokens<AskedQuestion> train, LayerTokens<AskedQuestion> test) : EncodedLayers
    {
        public override LayerFigures Measure(int layer, string task, CancellationToken cancellation)
        {
            using var scope = NewDisposeScope();
            using var probe = new QuestionProbe(owner.Set, owner.Vision.Options, train.Annotations, owner.Device);
            probe.Train(train.Of(layer), train.Annotations, cancellation);
            return new LayerFigures(
                layer,
                Task,
                new Dictionary<string, double>
                {
                    [QuestionProbe.Exact] = probe.Measure(test.Of(layer), test.Annotations, cancellation),
                },
                new Dictionary<string, double>(),
                test.Annotations.Count,
                test.Unreadable,
                train.Annotations.Count,
                train.Unreadable);
        }

        public override void Dispose()
        {
            train.Dispose();
            test.Dispose();
        }
    }
}
