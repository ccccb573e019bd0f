using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Zero-shot classification by every layer at once; nothing of it has to be kept.</summary>
internal sealed class ZeroShotLayers
{
    private readonly LayerProbes probes;
    private readonly Tensor weights;
    private readonly Dictionary<int, ClassificationMetrics> metrics;

    /// <param name="probes">The tower's pooling, and its texts' encoder.</param>
    /// <param name="sets">Class names and templates.</param>
    /// <param name="layers">That are measured.</param>
    /// <param name="cancellation">Stops between chunks of prompts.</param>
    /// <exception cref="UserErrorException">Class names or templates are missing.</exception>
    public ZeroShotLayers(LayerProbes probes, ProbeSets sets, IReadOnlyList<int> layers, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        this.probes = probes;
        weights = ZeroShotClassifier.Weights(sets.ClassNames, sets.Templates, probes.EncodeTexts!, probes.Set.Batch, cancellation).cpu();
        metrics = layers.ToDictionary(layer => layer, _ => new ClassificationMetrics(sets.ClassNames.Count));
    }

    /// <summary>Adds one batch at one layer.</summary>
    public void Add(int layer, Tensor tokens, IReadOnlyList<int> labels, Landing landing)
    {
        var classes = weights.shape[1];
        if (labels.Any(label => label >= classes))
        {
            throw new UserErrorException($"data set {probes.Set.Name}: label {labels.Max()} is no line of "
                + $"{Path.Combine(probes.Set.Data, "classnames.txt")}, which has {classes} classes counted from 0.");
        }

        landing.Bring(
            ProbeFeatures.Vector(probes.Vision, tokens, ProbeFeature.Pooled),
            features => metrics[layer].Add(
                ZeroShotClassifier.Logits(features.RequireFinite($"layer {layer}'s", probes.Set.Name), weights),
                labels));
    }

    /// <summary>The figures of a layer.</summary>
    public IReadOnlyDictionary<string, double> Compute(int layer) => metrics[layer].Compute();
}
