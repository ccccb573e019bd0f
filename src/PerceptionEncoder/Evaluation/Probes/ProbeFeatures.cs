using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Models.Clip;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Features of one part of a set at some layers, kept on disk until disposed.</summary>
internal sealed class ProbeFeatures : IDisposable
{
    private readonly Dictionary<(int Layer, ProbeFeature Feature), FeatureRows> vectors = [];
    private readonly Dictionary<int, FeatureRows> tokens = [];

    private readonly List<int> labels = [];

    /// <summary>Classes of the images.</summary>
    public IReadOnlyList<int> Labels => labels;

    /// <summary>Images left out.</summary>
    public int Unreadable { get; private set; }

    /// <summary>One feature an image of a layer, [n, D].</summary>
    public FeatureRows Vectors(int layer, ProbeFeature feature) => vectors[(layer, feature)];

    /// <summary>All tokens of a layer, [n, N, D].</summary>
    public FeatureRows Tokens(int layer) => tokens[layer];

    /// <summary>Encodes a part of a set once.</summary>
    /// <param name="probes">Tower, layers and what is wanted of them.</param>
    /// <param name="reader">The part.</param>
    /// <param name="folder">For the features; exists.</param>
    /// <param name="part">Name of the part, for its files.</param>
    /// <param name="alsoTake">Sees the tokens too.</param>
    /// <param name="report">Told of the images so far and their rate.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static ProbeFeatures Encode(
        LayerProbes probes, EvaluationReader<int> reader, string folder, string part, Action<int, Tensor, IReadOnlyList<int>>? alsoTake, Action<int, double>? report, CancellationToken cancellation)
    {
        var features = new ProbeFeatures();
        try
        {
            foreach (var layer in probes.Layers)
            {
                foreach (var feature in probes.Vectors)
                {
                    features.vectors[(layer, feature)] = new FeatureRows(Path.Combine(folder, $"{part}-{layer}-{feature}"), ScalarType.Float32);
                }

                features.tokens[layer] = new FeatureRows(Path.Combine(folder, $"{part}-{layer}-tokens"), ScalarType.Float16);
            }

            var wantsTokens = probes.Tasks.Contains(ProbeTask.Attention);
            new LayerPass(probes.Vision, probes.Device, probes.Precision, probes.Layers).Run(
                reader,
                (layer, values, classes) =>
                {
                    if (layer == probes.Layers[0])
                    {
                        features.labels.AddRange(classes);
                    }

                    foreach (var feature in probes.Vectors)
                    {
                        features.vectors[(layer, feature)].Append(Vector(probes.Vision, values, feature).RequireFinite($"layer {layer}'s", probes.Set.Name));
                    }

                    if (wantsTokens)
                    {
                        features.tokens[layer].Append(values.to(ScalarType.Float16).RequireFinite($"layer {layer}'s", probes.Set.Name));
                    }

                    alsoTake?.Invoke(layer, values, classes);
                },
                report,
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

    /// <summary>One feature an image, float32 [B, D].</summary>
    internal static Tensor Vector(VisionTransformer vision, Tensor tokens, ProbeFeature feature)
    {
        using var scope = NewDisposeScope();
        var classTokens = vision.Options.UseClassToken ? 1 : 0;
        var vector = feature switch
        {
            ProbeFeature.Pooled => vision.Pool(vision.FinalNorm(tokens)),
            ProbeFeature.ClassToken => tokens.select(1, 0),
            ProbeFeature.ClassTokenAndMean when classTokens > 0 => cat([tokens.select(1, 0).to(float32), MeanOfPatches()], 1),
            _ => MeanOfPatches(),
        };
        return vector.to(float32).MoveToOuterDisposeScope();

        Tensor MeanOfPatches() => tokens.narrow(1, classTokens, tokens.shape[1] - classTokens).to(float32).mean([1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in vectors.Values.Concat(tokens.Values))
        {
            rows.Dispose();
        }
    }
}
