using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>
/// Probes of one tower on one labelled set, at any number of layers: each part of the set is encoded once, whatever the number of layers and probes; then the layers are
/// probed one after the other, so that memory holds one layer's features. A layer's figures are the same alone and among others.
/// </summary>
public sealed class LayerProbes
{
    /// <summary>The tower, in eval mode.</summary>
    public required VisionTransformer Vision { get; init; }

    /// <summary>Where the tower is, and the probes are trained.</summary>
    public required Device Device { get; init; }

    /// <summary>Arithmetic of the tower's matrix products; probes compute in float32.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>The set.</summary>
    public required ProbeSetOptions Set { get; init; }

    /// <summary>What is measured.</summary>
    public required IReadOnlyList<ProbeTask> Tasks { get; init; }

    /// <summary>Indices from 0, each once.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>How probes are trained.</summary>
    public ProbeOptions Options { get; init; } = new();

    /// <summary>What nearest neighbours and the linear probe see.</summary>
    public ProbeFeature Feature { get; init; } = ProbeFeature.Mean;

    /// <summary>The features of one vector an image that the tasks need.</summary>
    internal IReadOnlyList<ProbeFeature> Vectors => [.. Tasks.Where(task => task is ProbeTask.Knn or ProbeTask.Linear).Select(FeatureOf).Distinct()];

    /// <summary>n captions to [n, C], for <see cref="ProbeTask.Zeroshot"/>.</summary>
    public Func<IReadOnlyList<string>, Tensor>? EncodeTexts { get; init; }

    /// <summary>Folder in which features are kept while probes are trained; null for the system's own for temporary files.</summary>
    public string? Cache { get; init; }

    /// <summary>Encodes and probes.</summary>
    /// <param name="log">Takes a line for each image that cannot be used.</param>
    /// <param name="report">Told after each batch and each probe.</param>
    /// <param name="cancellation">Stops between batches and steps; the kept features go.</param>
    /// <exception cref="UserErrorException">The set cannot be read, has no usable image, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public LayerResult Run(Action<string> log, Action<LayerProgress>? report, CancellationToken cancellation)
    {
        Validate();
        using var scope = NewDisposeScope();
        using var folder = FeatureFolder.Create(Cache);
        var clock = Stopwatch.StartNew();
        var zeroShot = Tasks.Contains(ProbeTask.Zeroshot) ? new ZeroShotLayers(this, cancellation) : null;
        using var train = Tasks.Any(task => task != ProbeTask.Zeroshot) ? Encode(ImagesToLearn(log), "train", null) : null;
        using var test = Encode(new EvaluationReader<int>(Open(Set.Split, new ImageLabel(null)), Vision.Options.ImageSize, log), "test", zeroShot is null ? null : zeroShot.Add);
        var encoded = clock.Elapsed.TotalSeconds;
        var layers = Layers.Index().Select(entry => Probe(entry.Index, entry.Item)).ToArray();
        return new LayerResult(Set.Name, layers, test.Labels.Count, test.Unreadable, train?.Labels.Count ?? 0, train?.Unreadable ?? 0, encoded, clock.Elapsed.TotalSeconds - encoded);

        ProbeFeatures Encode(EvaluationReader<int> reader, string part, Action<int, Tensor, IReadOnlyList<int>>? alsoTake)
            => ProbeFeatures.Encode(this, reader, folder.Path, part, alsoTake, (images, rate) => report?.Invoke(new LayerProgress($"{Set.Name} {part}", images, null, rate)), cancellation);

        LayerScores Probe(int index, int layer)
        {
            var (metrics, chosen) = (new Dictionary<string, double>(StringComparer.Ordinal), new Dictionary<string, double>(StringComparer.Ordinal));
            foreach (var task in Tasks)
            {
                var name = task.ToString().ToLowerInvariant();
                report?.Invoke(new LayerProgress($"{Set.Name} layer {layer} {name}", index, Layers.Count, index / Math.Max(1e-9, clock.Elapsed.TotalSeconds - encoded)));
                var score = task == ProbeTask.Zeroshot ? null : Train(task, layer, train!, test, cancellation);
                foreach (var (metric, value) in score?.Metrics ?? zeroShot!.Compute(layer))
                {
                    metrics[$"{name}_{metric}"] = value;
                }

                foreach (var (parameter, value) in score?.Chosen ?? [])
                {
                    chosen[$"{name}_{parameter}"] = value;
                }
            }

            return new LayerScores(layer, metrics, chosen);
        }
    }

    private ProbeScore Train(ProbeTask task, int layer, ProbeFeatures train, ProbeFeatures test, CancellationToken cancellation)
    {
        var classes = 1 + Math.Max(train.Labels.Max(), test.Labels.Max());
        var (learned, measured) = task == ProbeTask.Attention ? (train.Tokens(layer), test.Tokens(layer)) : (train.Vectors(layer, FeatureOf(task)), test.Vectors(layer, FeatureOf(task)));
        var data = new ProbeData(learned, train.Labels, ProbeSplit.Draw(train.Labels, Options), measured, test.Labels, classes);
        return (task, Options.Protocol) switch
        {
            (ProbeTask.Knn, _) => new NearestNeighborProbe(Options, Device).Measure(data, cancellation),
            (ProbeTask.Linear, ProbeProtocol.Published) => new PublishedLinearProbe(Options, Device).Measure(data, cancellation),
            (ProbeTask.Linear, _) => new LinearProbe(Options, Device).Measure(data, cancellation),
            (_, ProbeProtocol.Published) => new PublishedAttentionProbe(Options, Vision.Options.Heads, Set.Name == NamedSet.ImageNet.Name, Device).Measure(data, cancellation),
            _ => new AttentionProbe(Options, Vision.Options.Heads, Device).Measure(data, cancellation),
        };
    }

    /// <summary>What a probe sees: the published linear one has its own.</summary>
    private ProbeFeature FeatureOf(ProbeTask task) => task == ProbeTask.Linear && Options.Protocol == ProbeProtocol.Published ? ProbeFeature.ClassTokenAndMean : Feature;

    /// <summary>The training part; with shots only the images that are drawn, which a pass over the labels alone finds.</summary>
    private EvaluationReader<int> ImagesToLearn(Action<string> log)
    {
        var label = new ImageLabel(Set.Train is null ? null : Set.LabelKey);
        return new EvaluationReader<int>(Set.Train is null && Options.Shots is null ? Open(Set.TrainSplit, label) : OfShards(), Vision.Options.ImageSize, log);

        OpenedSet<int> OfShards()
        {
            var shards = Set.Train is { } pattern ? ShardOrder.Find(pattern) : ClipBenchmarkFolder.Open(Set.Data, Set.TrainSplit).Shards;
            var drawn = Options.Shots is { } shots ? ProbeSplit.Shots([.. AllLabels(shards)], shots, Options.Seed) : null;
            return new OpenedSet<int>(Set.Part(Set.TrainSplit), new ImageMedia(0), new ShardItems<int>(shards, LabelledImages.Members(label.Member), label.Read) { Chosen = drawn })
            {
                Place = Set.Train ?? Path.Combine(Set.Data, Set.TrainSplit),
                Advice = LabelledImages.AdviceOf(label.Member),
            };
        }

        IEnumerable<int> AllLabels(IReadOnlyList<string> shards)
        {
            foreach (var sample in SampleReader.ReadShards(shards, new BadSamples(), new HashSet<string> { label.Member }))
            {
                int found;
                try
                {
                    found = label.Read(sample);
                }
                catch (BadSampleException)
                {
                    found = -1;                // reported where the images are read
                }

                yield return found;
            }
        }
    }

    private OpenedSet<int> Open(string split, ImageLabel label) => LabelledImages.Open(Set.Part(split)).Opened(label.Member, label.Read);

    private void Validate()
    {
        Require(Layers.Count > 0 && Tasks.Count > 0, "name at least one layer and one probe.");
        Require(Set.Batch >= 1 && Options.Batch >= 1, "a batch has at least one image.");
        Require(Options.Shots is not < 1, "train on at least one image of each class.");
        Require(Options.Epochs is not < 1, "train for at least one epoch.");
        Require(Options.Neighbors.Count > 0 && Options.L2.Count > 0 && Options.LearningRates.Count > 0, "give each hyper-parameter at least one value.");
        Require(Feature != ProbeFeature.ClassToken || Vision.Options.UseClassToken, "this tower has no class token. Choose the mean feature.");
        Require(Vision.Options.Pooling != Pooling.None || (Feature != ProbeFeature.Pooled && !Tasks.Contains(ProbeTask.Zeroshot)), "this tower has no pooling. Choose the mean feature, and probes without zeroshot.");
        Require(
            Set.Train is not null || Tasks.All(task => task == ProbeTask.Zeroshot) || Directory.Exists(Path.Combine(Set.Data, Set.TrainSplit)),
            $"probes learn from images, and {Path.Combine(Set.Data, Set.TrainSplit)} does not exist. Name shards to train on (--train; train in a config).");
        Require(EncodeTexts is not null || !Tasks.Contains(ProbeTask.Zeroshot), "zero-shot needs a checkpoint with a text tower.");
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException($"data set {Set.Name}: {problem}");
        }
    }
}
