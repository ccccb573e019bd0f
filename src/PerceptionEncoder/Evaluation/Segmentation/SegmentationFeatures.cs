using PerceptionEncoder.Evaluation.Harness.Frozen;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Segmentation;

/// <summary>Patch tokens of one part of a set at some layers, kept on disk until disposed, and the masks.</summary>
internal sealed class SegmentationFeatures(string folder, string part, IReadOnlyList<int> layers) : IDisposable
{
    private readonly Dictionary<int, FeatureRows> tokens = layers.ToDictionary(
        layer => layer,
        layer => new FeatureRows(Path.Combine(folder, $"{part}-{layer}"), ScalarType.Float16));
    private readonly List<SegmentationMask> masks = [];
    private readonly List<Tensor> shares = [];

    /// <summary>One an image.</summary>
    public IReadOnlyList<SegmentationMask> Masks => masks;

    /// <summary>What each patch of an image shows, float32 [P, C] on the CPU.</summary>
    public IReadOnlyList<Tensor> Shares => shares;

    /// <summary>Images left out.</summary>
    public int Unreadable { get; set; }

    /// <summary>Of a layer, [n, P, D].</summary>
    public FeatureRows Tokens(int layer) => tokens[layer];

    /// <summary>Adds a batch at a layer; masks are taken with the first.</summary>
    public void Add(int layer, Tensor values, IReadOnlyList<SegmentationMask> batch, long grid, int classes)
    {
        if (layer == layers[0])
        {
            masks.AddRange(batch);
            shares.AddRange(batch.Select(mask => mask.CellShares(grid, classes).DetachFromDisposeScope()));
        }

        tokens[layer].Append(values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in tokens.Values)
        {
            rows.Dispose();
        }

        shares.ForEach(share => share.Dispose());
    }
}
