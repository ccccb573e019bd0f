using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Makes a model's input of the files of a set's items. Safe on several threads.</summary>
internal abstract class ItemDecoder
{
    /// <summary>Pixels of a sample's image or clip.</summary>
    /// <exception cref="BadSampleException">It has none that can be used.</exception>
    /// <exception cref="Media.Images.ImageException">An image cannot be decoded.</exception>
    public abstract byte[] Read(Sample sample);

    /// <summary>Pixels of a file.</summary>
    /// <exception cref="BadSampleException">It cannot be used.</exception>
    /// <exception cref="Media.Images.ImageException">It cannot be decoded.</exception>
    public abstract byte[] Read(string path);

    /// <summary>A batch of items, [B, ...], uint8, on the CPU.</summary>
    public abstract Tensor Stack(IReadOnlyList<byte[]> pixels);
}
