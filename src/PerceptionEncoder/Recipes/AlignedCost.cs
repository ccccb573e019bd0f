using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// What a dialogue costs in a stage of alignment, at the most: one that fills its context, with all the pictures it may have.
/// </summary>
/// <param name="stage">Of the config.</param>
/// <param name="model">In that stage.</param>
internal sealed class AlignedCost(LanguageStageOptions stage, LanguageModelOptions model)
{
    private const double Stream = sizeof(float);                // residuals and norms are float32 throughout

    /// <summary>Share of a training step's three passes that a frozen part needs: the forward one.</summary>
    private const double Frozen = 1.0 / 3;

    /// <summary>Share of them where the gradient only passes through: forward, and of the inputs.</summary>
    private const double PassedThrough = 2.0 / 3;

    private double Chunks
        => Math.Max(1, Math.Min(stage.Tiles > 1 ? stage.Tiles + 1 : 1, stage.Context / Math.Max(1, model.VisualTokens())));

    private double Words => Math.Max(1, stage.Context - (Chunks * model.VisualTokens()));

    /// <summary>Operations forward; of a part that is not trained, the share that makes three passes right.</summary>
    /// <param name="resolution">Side of a tile in pixels.</param>
    public double Forward(int resolution)
    {
        var (decoder, width) = (model.Decoder, (double)model.Decoder.Width);
        var projected = Chunks * model.VisualTokens(resolution, resolution) * 2 * width * (model.Vision!.Width + width);
        return (Chunks * FlopCount.Vision(model.Vision, resolution, resolution) * (stage.Rates.Encoder > 0 ? 1 : Frozen))
            + projected
            + ((DecoderFlops.Blocks(decoder, stage.Context) + DecoderFlops.Head(decoder, Words))
                * (stage.Rates.Decoder > 0 ? 1 : PassedThrough));
    }

    /// <summary>Bytes that it leaves for its backward pass.</summary>
    /// <param name="recomputeEvery">Every so many-th block is computed again; 0 for none.</param>
    /// <param name="isNarrow">Products in bf16.</param>
    /// <param name="onCpu">Attention over few tokens then keeps its weights.</param>
    public double Activations(int recomputeEvery, bool isNarrow, bool onCpu)
    {
        var (options, narrow) = (model.Decoder, isNarrow ? sizeof(ushort) : sizeof(float));
        double queries = options.Heads * options.HeadSize, keys = options.KeyValueHeads * options.HeadSize;
        var block = (2 * (Stream + narrow) * options.Width)                                     // input of each norm, and its output
            + (narrow * ((3 * queries) + (3 * keys)))                                           // q, k, v, turned q and k, the sum
            + (narrow * 4.0 * options.FeedForwardWidth);                                        // gate, its SiLU, up, their product
        var blocks = Enumerable.Range(0, options.Layers).Sum(layer
            => recomputeEvery > 0 && layer < options.Layers - 1 && layer % recomputeEvery == 0 ? Stream * options.Width : block);
        var encoder = stage.Rates.Encoder > 0
            ? Chunks * new ActivationCount(narrow, onCpu).Vision(model.Vision!, stage.Resolution, recomputeEvery)
            : 0;
        return encoder + (stage.Context * blocks) + (Words * 2 * Stream * options.VocabularySize);          // logits, and their softmax
    }
}
