using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Samples;

/// <summary>A batch of images with their captions.</summary>
/// <param name="Batch">Of <see cref="Layout"/>.</param>
public readonly record struct ImageTextBatch(Batch Batch)
{
    internal const string ImageField = "image", TokenField = "tokens";

    /// <summary>Number of samples.</summary>
    public int Size => Batch.Size;

    /// <summary>[batch, 3, resolution, resolution], uint8; objectives scale to [-1, 1] on the device.</summary>
    public Tensor Images => Batch[ImageField];

    /// <summary>[batch, context], int64, padded with zeros.</summary>
    public Tensor Tokens => Batch[TokenField];

    /// <summary>Tokens of the longest caption, end token included: what the text tower has to look at.</summary>
    public int UsedTokens => UsedTokensOf(Batch);

    /// <param name="resolution">Side of the square images, in pixels.</param>
    /// <param name="context">Tokens of a caption.</param>
    public static BatchLayout Layout(int resolution, int context)
        => new(
            new BatchField(ImageField, ScalarType.Byte, 3, resolution, resolution),
            new BatchField(TokenField, ScalarType.Int64, context));

    /// <summary>Random images with captions of full length, to measure a step with.</summary>
    /// <param name="size">Samples.</param>
    /// <param name="resolution">As in <see cref="Layout"/>.</param>
    /// <param name="context">As in <see cref="Layout"/>.</param>
    /// <param name="id">Stands in every place of every caption.</param>
    public static Batch Noise(int size, int resolution, int context, int id) => new(
        Layout(resolution, context),
        [randint(0, 256, [size, 3, resolution, resolution], uint8), full([size, context], id, int64)],
        new string[size],
        DataPosition.Start);

    internal static int UsedTokensOf(Batch batch) => Math.Max(1, batch.Lengths(TokenField).Max());

    /// <summary>Ids up to the last that is not zero.</summary>
    internal static void WriteTokens(ReadOnlySpan<int> ids, SampleFields fields)
    {
        var tokens = fields.Of<long>(TokenField);
        if (ids.Length != tokens.Length)
        {
            throw new ArgumentException($"A caption of {ids.Length} ids for a context of {tokens.Length}.", nameof(ids));
        }

        for (var i = 0; i < ids.Length; i++)
        {
            tokens[i] = ids[i];
        }

        fields.SetLength(TokenField, ids.LastIndexOfAnyExcept(0) + 1);
    }
}
