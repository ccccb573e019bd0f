using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Makes a model's input of the files of a set's items. Safe on several threads.</summary>
internal abstract class ItemDecoder
{
    /// <summary>Reads no pixels: for a pass over what items are paired with.</summary>
    public static ItemDecoder None { get; } = new NoPixels();

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

    private sealed class NoPixels : ItemDecoder
    {
        public override byte[] Read(Sample sample) => [];

        public override byte[] Read(string path) => [];

        public override Tensor Stack(IReadOnlyList<byte[]> pixels) => throw new InvalidOperationException("nothing was read");
    }
}
