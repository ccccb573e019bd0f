using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>Patch tokens of one part of a set at some layers, kept on disk until disposed, and what its images are paired with.</summary>
/// <param name="folder">That exists.</param>
/// <param name="part">Of the set.</param>
/// <param name="layers">Indices from 0.</param>
internal sealed class LayerTokens<T>(string folder, string part, IReadOnlyList<int> layers) : IDisposable
{
    private readonly Dictionary<int, FeatureRows> tokens = layers.ToDictionary(
        layer => layer,
        layer => new FeatureRows(Path.Combine(folder, $"{part}-{layer}"), ScalarType.Float16));
    private readonly List<T> annotations = [];

    /// <summary>One an image.</summary>
    public IReadOnlyList<T> Annotations => annotations;

    /// <summary>Images left out.</summary>
    public int Unreadable { get; set; }

    /// <summary>Of a layer, [n, P, D].</summary>
    public FeatureRows Of(int layer) => tokens[layer];

    /// <summary>Takes a batch's tokens at a layer as they land on the host, and what it is paired with at the first layer.</summary>
    /// <param name="layer">Index from 0.</param>
    /// <param name="batch">[b, N, D], the class token first where there is one.</param>
    /// <param name="classTokens">0 or 1.</param>
    /// <param name="paired">One an image.</param>
    /// <param name="landing">Brings tensors to the host.</param>
    /// <param name="set">Name, for messages.</param>
    public void Add(int layer, Tensor batch, int classTokens, IReadOnlyList<T> paired, Landing landing, string set)
    {
        if (layer == layers[0])
        {
            annotations.AddRange(paired);
        }

        var rows = tokens[layer];
        landing.Bring(
            batch.narrow(1, classTokens, batch.shape[1] - classTokens).to(rows.Type),
            host => rows.Append(host.RequireFinite($"layer {layer}'s", set)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in tokens.Values)
        {
            rows.Dispose();
        }
    }
}
