using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Features of one part of a set at some layers, kept on disk until disposed.</summary>
/// <param name="wanted">Which.</param>
/// <param name="folder">For their files; exists.</param>
/// <param name="part">Name of the part, for the names of the files.</param>
internal sealed class ProbeFeatures(WantedFeatures wanted, string folder, string part) : IDisposable
{
    private readonly Dictionary<(int Layer, ProbeFeature Feature), FeatureRows> vectors = wanted.Layers
        .SelectMany(layer => wanted.Vectors.Select(feature => (layer, feature)))
        .ToDictionary(key => key, key => new FeatureRows(Path.Combine(folder, $"{part}-{key.layer}-{key.feature}"), ScalarType.Float32));

    private readonly Dictionary<int, FeatureRows> tokens = wanted.Layers.ToDictionary(
        layer => layer,
        layer => new FeatureRows(Path.Combine(folder, $"{part}-{layer}-tokens"), ScalarType.Float16));
    private readonly List<int> labels = [];

    /// <summary>Classes of the images.</summary>
    public IReadOnlyList<int> Labels => labels;

    /// <summary>Images left out.</summary>
    public int Unreadable { get; set; }

    /// <summary>One feature an image of a layer, [n, D].</summary>
    public FeatureRows Vectors(int layer, ProbeFeature feature) => vectors[(layer, feature)];

    /// <summary>All tokens of a layer, [n, N, D].</summary>
    public FeatureRows Tokens(int layer) => tokens[layer];

    /// <summary>Adds a batch at a layer; labels are taken with the first.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="values">Its tokens, [B, N, D].</param>
    /// <param name="batch">Classes of the images.</param>
    /// <param name="vision">The tower.</param>
    /// <param name="set">Name of the set, for messages.</param>
    /// <param name="landing">Brings them to the host; nothing is here before it has finished.</param>
    /// <exception cref="UserErrorException">The features are not finite, or the disk is full.</exception>
    public void Add(int layer, Tensor values, IReadOnlyList<int> batch, VisionTransformer vision, string set, Landing landing)
    {
        if (layer == wanted.Layers[0])
        {
            labels.AddRange(batch);
        }

        foreach (var feature in wanted.Vectors)
        {
            Append(vectors[(layer, feature)], Vector(vision, values, feature));
        }

        if (wanted.Tokens)
        {
            Append(tokens[layer], values);
        }

        void Append(FeatureRows rows, Tensor some)
            => landing.Bring(some.to(rows.Type), host => rows.Append(host.RequireFinite($"layer {layer}'s", set)));
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
