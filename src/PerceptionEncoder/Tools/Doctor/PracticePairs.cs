using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>
/// Pairs of noise for a model that is small enough to try a step on: the same on every machine, and however they are cut into
/// micro-batches.
/// </summary>
internal sealed class PracticePairs : IDisposable
{
    private const int Context = 8;
    private const int Vocabulary = 20;
    private const int Channels = 16;

    /// <param name="side">Of the images in pixels.</param>
    /// <param name="sizes">Pairs of each micro-batch.</param>
    public PracticePairs(int side, params int[] sizes)
    {
        Randomness.Seed(CPU, 2);
        var total = sizes.Sum();
        using var images = randint(0, 256, [total, 3, side, side], uint8);
        using var tokens = randint(1, Vocabulary - 1, [total, Context], int64);
        tokens[.., Context - 1] = Vocabulary - 1;
        var starts = sizes.Select((_, index) => sizes[..index].Sum());
        All = [.. sizes.Zip(starts, (size, start) => new Batch(
            ImageTextBatch.Layout(side, Context),
            [Cut(images, start, size), Cut(tokens, start, size)],
            [.. Enumerable.Range(start, size).Select(pair => $"{pair}")],
            DataPosition.Start))];

        static Tensor Cut(Tensor all, int start, int size) => all.narrow(0, start, size).clone().DetachFromDisposeScope();
    }

    /// <summary>The micro-batches, on the host.</summary>
    public Batch[] All { get; }

    /// <summary>A model for them with everything that a published one has.</summary>
    /// <param name="side">Of the images in pixels.</param>
    /// <param name="dropPath">As of <see cref="VisionOptions.DropPath"/>.</param>
    /// <param name="patchDropout">As of <see cref="VisionOptions.PatchDropout"/>.</param>
    /// <param name="layers">Of the vision tower.</param>
    public static ClipOptions Model(int side = 16, double dropPath = 0, double patchDropout = 0, int layers = 2) => new()
    {
        Vision = new VisionOptions
        {
            ImageSize = side,
            PatchSize = 8,
            Width = Channels,
            Layers = layers,
            Heads = 2,
            PoolingHeads = 2,
            OutputDim = 8,
            DropPath = dropPath,
            PatchDropout = patchDropout,
        },
        Text = new TextOptions
        {
            ContextLength = Context,
            VocabularySize = Vocabulary,
            Width = Channels,
            Layers = 1,
            Heads = 2,
            OutputDim = 8,
        },
    };

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(All, batch => batch.Dispose());
}
