using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Probes of the layers of one tower on one labelled set.</summary>
public sealed class LayerProbes : LayerEvaluator
{
    /// <summary>The set.</summary>
    public required ProbeSetOptions Set { get; init; }

    /// <summary>What is measured.</summary>
    public required IReadOnlyList<ProbeTask> Tasks { get; init; }

    /// <summary>How probes are trained.</summary>
    public ProbeOptions Options { get; init; } = new();

    /// <summary>What nearest neighbours and the linear probe see.</summary>
    public ProbeFeature Feature { get; init; } = ProbeFeature.Mean;

    /// <summary>Where the linear or attention probe of the one layer is kept; null for nowhere.</summary>
    public ProbeSaving? Saving { get; init; }

    /// <summary>n captions to [n, C], for <see cref="ProbeTask.Zeroshot"/>.</summary>
    public Func<IReadOnlyList<string>, Tensor>? EncodeTexts { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [.. Tasks.Select(NameOf).Distinct()];

    private bool Learns => Tasks.Any(task => task != ProbeTask.Zeroshot);

    private ProbeSets Sets => field ??= new ProbeSets(Set, Options.Shots, Options.Seed);

    /// <summary>A tower's own pooled feature; the mean of the patch tokens where it has no pooling.</summary>
    public static ProbeFeature DefaultFeature(VisionTransformer vision)
        => vision.Options.Pooling == Pooling.None ? ProbeFeature.Mean : ProbeFeature.Pooled;

    private protected override IEnumerable<string> Deciding()
    {
        IEnumerable<string> parts =
            [JsonSerializer.Serialize(Options), Feature.ToString(), Sets.Test.Fingerprint(), JsonSerializer.Serialize(Set)];
        return parts.Append(Saving?.Path ?? "").Concat(Learns ? [Sets.Train.Fingerprint()] : [])
            .Concat(Tasks.Contains(ProbeTask.Zeroshot) ? [.. Sets.ClassNames, .. Sets.Templates] : []);
    }

    private protected override IReadOnlyList<string> MetricsOf(string task)
    {
        var names = ClassificationMetrics.Names(task == NameOf(ProbeTask.Zeroshot) ? Sets.ClassNames.Count : Sets.Classes());
        return task == NameOf(ProbeTask.Knn) && Options.Protocol == ProbeProtocol.Published
            ? NearestNeighborProbe.NamesOfEach(Options.Neighbors, names)
            : names;
    }

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
    {
        var asked = Tasks.Where(task => tasks.Contains(NameOf(task))).ToArray();
        var zeroShot = asked.Contains(ProbeTask.Zeroshot) ? new ZeroShotLayers(this, Sets, layers, cancellation) : null;
        var wanted = new WantedFeatures(
            layers,
            [.. asked.Where(task => task is ProbeTask.Knn or ProbeTask.Linear).Select(FeatureOf).Distinct()],
            asked.Contains(ProbeTask.Attention));
        var train = asked.Any(task => task != ProbeTask.Zeroshot) ? Features(Sets.Train, "train", null) : null;
        try
        {
            return new Encoded(this, train, Features(Sets.Test, "test", zeroShot is null ? null : zeroShot.Add), zeroShot);
        }
        catch
        {
            train?.Dispose();
            throw;
        }

        ProbeFeatures Features(OpenedSet<int> set, string part, Action<int, Tensor, IReadOnlyList<int>, Landing>? alsoTake)
        {
            var features = new ProbeFeatures(wanted, folder, part);
            var reader = new EvaluationReader<int>(set, Vision.Options.ImageSize, Work.Log);
            try
            {
                Pass(
                    reader,
                    part,
                    layers,
                    (layer, tokens, labels, landing) =>
                    {
                        features.Add(layer, tokens, labels, Vision, Name, landing);
                        alsoTake?.Invoke(layer, tokens, labels, landing);
                    },
                    cancellation);
                features.Unreadable = reader.Unreadable;
                return features;
            }
            catch
            {
                features.Dispose();
                throw;
            }
        }
    }

    private ProbeScore Train(ProbeTask task, int layer, ProbeFeatures train, ProbeFeatures test, CancellationToken cancellation)
    {
        var classes = 1 + Math.Max(train.Labels.Max(), test.Labels.Max());
        var (trained, measured) = task == ProbeTask.Attention
            ? (train.Tokens(layer), test.Tokens(layer))
            : (train.Vectors(layer, FeatureOf(task)), test.Vectors(layer, FeatureOf(task)));
        var data = new ProbeData(trained, train.Labels, ProbeSplit.Draw(train.Labels, Options), measured, test.Labels, classes);
        Action<IReadOnlyList<(string, Tensor)>>? keep = Saving is null ? null : learned => SavedProbe.Write(
            Saving, task, layer, FeatureOf(task), Vision, Sets.NamesOf(classes), Set.Transform, learned);
        return (task, Options.Protocol) switch
        {
            (ProbeTask.Knn, _) => new NearestNeighborProbe(Options, Device).Measure(data, cancellation),
            (ProbeTask.Linear, ProbeProtocol.Published) => new PublishedLinearProbe(Options, Device).Measure(data, cancellation),
            (ProbeTask.Linear, _) => new LinearProbe(Options, Device).Measure(data, keep, cancellation),
            (_, ProbeProtocol.Published)
                => new PublishedAttentionProbe(Options, Vision.Options.Heads, Set.Name == NamedSet.ImageNet.Name, Device)
                    .Measure(data, cancellation),
            _ => new AttentionProbe(Options, Vision.Options.Heads, Device).Measure(data, keep, cancellation),
        };
    }

    /// <summary>What a probe sees: the published linear one has its own.</summary>
    private ProbeFeature FeatureOf(ProbeTask task)
        => task == ProbeTask.Linear && Options.Protocol == ProbeProtocol.Published ? ProbeFeature.ClassTokenAndMean : Feature;

    private static string NameOf(ProbeTask task) => task.ToString().ToLowerInvariant();

    private protected override void Validate()
    {
        Require(Layers.Count > 0 && Tasks.Count > 0, "name at least one layer and one probe.");
        Require(Set.Batch >= 1 && Options.Batch >= 1, "a batch has at least one image.");
        Require(Options.Shots is not < 1, "train on at least one image of each class.");
        Require(Options.Epochs is not < 1, "train for at least one epoch.");
        Require(
            Options.Neighbors.Count > 0 && Options.L2.Count > 0 && Options.LearningRates.Count > 0,
            "give each hyper-parameter at least one value.");
        Require(
            Feature != ProbeFeature.ClassToken || Vision.Options.UseClassToken,
            "this tower has no class token. Choose the mean feature.");
        Require(
            Vision.Options.Pooling != Pooling.None || (Feature != ProbeFeature.Pooled && !Tasks.Contains(ProbeTask.Zeroshot)),
            "this tower has no pooling. Choose the mean feature, and probes without zeroshot.");
        Require(
            Set.Train is not null || !Learns || Directory.Exists(Path.Combine(Set.Data, Set.TrainSplit)),
            $"probes learn from images, and {Path.Combine(Set.Data, Set.TrainSplit)} does not exist. "
            + "Name shards to train on (--train; train in a config).");
        Require(
            Saving is null || (Tasks is [ProbeTask.Linear or ProbeTask.Attention] && Layers.Count == 1),
            "one probe is saved: choose --probes linear or --probes attention, and one layer.");
        Require(
            Saving is null || Options.Protocol == ProbeProtocol.Fast,
            "the published protocol chooses on the test part, which is no probe to keep. Save one of the protocol fast.");
        Require(EncodeTexts is not null || !Tasks.Contains(ProbeTask.Zeroshot), "zero-shot needs a checkpoint with a text tower.");
    }

    private sealed class Encoded(LayerProbes probes, ProbeFeatures? train, ProbeFeatures test, ZeroShotLayers? zeroShot) : EncodedLayers
    {
        public override LayerFigures Measure(int layer, string task, CancellationToken cancellation)
        {
            var probe = probes.Tasks.First(each => NameOf(each) == task);
            var score = probe == ProbeTask.Zeroshot
                ? new ProbeScore(zeroShot!.Compute(layer))
                : probes.Train(probe, layer, train!, test, cancellation);
            return new LayerFigures(
                layer, task, score.Metrics, score.Chosen.ToDictionary(chosen => chosen.Name, chosen => chosen.Value), test.Labels.Count,
                test.Unreadable, train?.Labels.Count ?? 0, train?.Unreadable ?? 0);
        }

        public override void Dispose()
        {
            train?.Dispose();
            test.Dispose();
        }
    }
}
