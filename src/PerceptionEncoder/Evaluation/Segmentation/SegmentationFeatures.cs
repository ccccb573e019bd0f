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

    /// <summary>Where a batch's tokens at a layer go, which the caller adds; masks are taken with the first layer.</summary>
    public FeatureRows Begin(int layer, IReadOnlyList<SegmentationMask> batch, long grid, int classes)
    {
        if (layer == layers[0])
        {
            masks.AddRange(batch);
            shares.AddRange(batch.Select(mask => mask.CellShares(grid, classes).DetachFromDisposeScope()));
        }

        return tokens[layer];
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
