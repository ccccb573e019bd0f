using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Samples;

/// <summary>A batch of clips with their captions. An image is a clip of one frame.</summary>
/// <param name="Batch">Of <see cref="Layout"/>.</param>
public readonly record struct ClipTextBatch(Batch Batch)
{
    internal const string FrameField = "frames";

    /// <summary>[batch, frames, 3, resolution, resolution], uint8; objectives scale to [-1, 1] on the device.</summary>
    public Tensor Frames => Batch[FrameField];

    /// <summary>[batch]: leading frames of each clip that hold something.</summary>
    public IReadOnlyList<int> FrameCounts => Batch.Lengths(FrameField);

    /// <summary>[batch, context], int64, padded with zeros.</summary>
    public Tensor Tokens => Batch[ImageTextBatch.TokenField];

    /// <summary>Tokens of the longest caption, end token included: what the text tower has to look at.</summary>
    public int UsedTokens => ImageTextBatch.UsedTokensOf(Batch);

    /// <param name="frames">Frames of a clip; 1 for images alone.</param>
    /// <param name="resolution">Side of the square frames, in pixels.</param>
    /// <param name="context">Tokens of a caption.</param>
    public static BatchLayout Layout(int frames, int resolution, int context) => new(
        new BatchField(FrameField, ScalarType.Byte, frames, 3, resolution, resolution),
        new BatchField(ImageTextBatch.TokenField, ScalarType.Int64, context));

    /// <summary>Random frames with captions of full length, to measure a step with.</summary>
    /// <param name="size">Samples.</param>
    /// <param name="frames">As in <see cref="Layout"/>.</param>
    /// <param name="resolution">As in <see cref="Layout"/>.</param>
    /// <param name="context">As in <see cref="Layout"/>.</param>
    /// <param name="id">Stands in every place of every caption.</param>
    public static Batch Noise(int size, int frames, int resolution, int context, int id) => new(
        Layout(frames, resolution, context),
        [randint(0, 256, [size, frames, 3, resolution, resolution], uint8), full([size, context], id, int64)],
        new string[size],
        DataPosition.Start);
}
