using System.Diagnostics;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Segmentation;

// n images · P patches = grid² · D width · C classes
/// <summary>
/// Linear segmentation probe at any number of layers: each part of the set is encoded once. A linear classifier of patch tokens learns the classes' shares of each patch, by
/// L-BFGS with a penalty chosen on held-out images; its scores, bilinearly enlarged to each mask, are measured pixel by pixel.
/// </summary>
/// <remarks>
/// The paper's dense probe is a linear layer and a convolution on one layer's tokens under AdamW [B.3]. Here there is no convolution, and the pixels' cross-entropy, of scores that
/// are constant over a patch, is convex: its minimum needs no learning rate, so that layers are compared and not their tuning.
/// </remarks>
public sealed class LayerSegmentation
{
    /// <summary>The tower, in eval mode.</summary>
    public required VisionTransformer Vision { get; init; }

    /// <summary>Where the tower is, and the probe is trained.</summary>
    public required Device Device { get; init; }

    /// <summary>Arithmetic of the tower's matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>The set.</summary>
    public required SegmentationSetOptions Set { get; init; }

    /// <summary>Indices from 0, each once.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Folder in which tokens are kept; null for the system's own for temporary files.</summary>
    public string? Cache { get; init; }

    private long Grid => Vision.Options.ImageSize / Vision.Options.PatchSize;

    /// <summary>Encodes, trains and measures.</summary>
    /// <param name="log">Takes a line for each image that cannot be used.</param>
    /// <param name="report">Told after each batch and layer.</param>
    /// <param name="cancellation">Stops between batches and steps.</param>
    /// <exception cref="UserErrorException">The set cannot be read or the disk is full.</exception>
    public LayerResult Run(Action<string> log, Action<LayerProgress>? report, CancellationToken cancellation)
    {
        if (Layers.Count == 0 || Set.L2.Count == 0)
        {
            throw new UserErrorException($"data set {Set.Name}: give at least one layer and one penalty.");
        }

        using var scope = NewDisposeScope();
        using var folder = FeatureFolder.Create(Cache);
        var clock = Stopwatch.StartNew();
        using var train = Encode("train", folder.Path, log, report, cancellation);
        using var test = Encode("test", folder.Path, log, report, cancellation);
        var encoded = clock.Elapsed.TotalSeconds;
        var layers = Layers.Index().Select(entry =>
        {
            report?.Invoke(new LayerProgress($"{Set.Name} layer {entry.Item} segmentation", entry.Index, Layers.Count, entry.Index / Math.Max(1e-9, clock.Elapsed.TotalSeconds - encoded)));
            return Probe(entry.Item, train, test, cancellation);
        }).ToArray();
        return new LayerResult(Set.Name, layers, test.Masks.Count, test.Unreadable, train.Masks.Count, train.Unreadable, encoded, clock.Elapsed.TotalSeconds - encoded);
    }

    private LayerScores Probe(int layer, SegmentationFeatures train, SegmentationFeatures test, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        int[] all = [.. Enumerable.Range(0, train.Masks.Count)];
        int[] heldOut = [.. all.Where(image => image % Set.HoldOutEvery == Set.HoldOutEvery - 1)];
        var l2 = Set.L2.Count == 1 || heldOut.Length == 0 ? Set.L2[0] : Choose(layer, train, [.. all.Except(heldOut)], heldOut, cancellation);
        var (standardization, regression) = Prepare(layer, train, all);
        var metrics = Measure(layer, test, [.. Enumerable.Range(0, test.Masks.Count)], standardization, regression.Fit(l2, null, cancellation), cancellation);
        return new LayerScores(
            layer,
            metrics.Compute().ToDictionary(metric => $"segmentation_{metric.Key}", metric => metric.Value),
            new Dictionary<string, double>(StringComparer.Ordinal) { ["segmentation_l2"] = l2 });
    }

    private double Choose(int layer, SegmentationFeatures train, int[] fit, int[] heldOut, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (standardization, regression) = Prepare(layer, train, fit);
        Tensor? classifier = null;
        double[] penalties = [.. Set.L2.OrderDescending()];
        return penalties[ProbeData.Best(penalties.Length, i =>
        {
            classifier = regression.Fit(penalties[i], classifier, cancellation);
            return Measure(layer, train, heldOut, standardization, classifier, cancellation).Compute()["miou"];
        })];
    }

    private (Standardization Standardization, LogisticRegression Regression) Prepare(int layer, SegmentationFeatures train, int[] images)
    {
        var tokens = train.Tokens(layer).Take(images, Device).flatten(0, 1);                                 // [n P, D]
        var standardization = Standardization.Of(tokens);
        var shares = cat(images.Select(image => train.Shares[image]).ToArray()).to(Device);                  // [n P, C]
        return (standardization, new LogisticRegression(standardization.Apply(tokens), shares, Set.Classes));
    }

    private SegmentationMetrics Measure(int layer, SegmentationFeatures part, int[] images, Standardization standardization, Tensor classifier, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var metrics = new SegmentationMetrics(Set.Classes);
        foreach (var image in images)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var mask = part.Masks[image];
            var tokens = standardization.Apply(part.Tokens(layer).Take([image], Device)).squeeze(0);         // [P, D]
            var scores = LogisticRegression.Scores(tokens, classifier).t().view(1, Set.Classes, Grid, Grid);
            var enlarged = nn.functional.interpolate(scores, [mask.Height, mask.Width], mode: InterpolationMode.Bilinear, align_corners: false);
            metrics.Add(enlarged.squeeze(0).argmax(0), mask);
        }

        return metrics;
    }

    private SegmentationFeatures Encode(string part, string folder, Action<string> log, Action<LayerProgress>? report, CancellationToken cancellation)
    {
        var reader = new EvaluationReader<SegmentationMask>(SegmentationFolder.Open(Set, part), Vision.Options.ImageSize, log);
        var features = new SegmentationFeatures(folder, part, Layers);
        try
        {
            var classTokens = Vision.Options.UseClassToken ? 1 : 0;
            new LayerPass(Vision, Device, Precision, Layers).Run(
                reader,
                (layer, tokens, masks) => features.Add(layer, tokens.narrow(1, classTokens, tokens.shape[1] - classTokens).RequireFinite($"layer {layer}'s", Set.Name), masks, Grid, Set.Classes),
                (images, rate) => report?.Invoke(new LayerProgress($"{Set.Name} {part}", images, null, rate)),
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
