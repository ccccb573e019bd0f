using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>The text tower: a causal pre-norm transformer whose feature is read at the end-of-text token.</summary>
/// <remarks>Perception Encoder, App. B.1.1 and Tab. 17; key names as published; weights start as CLIP's do.</remarks>
public class TextTransformer : nn.Module<Tensor, Tensor>
{
    // Not private: TorchSharp replaces the fields of a derived module by reflection when it changes device or dtype.
    [ComponentName(Name = "token_embedding")]
    private protected readonly Embedding tokenEmbedding;

    [ComponentName(Name = "positional_embedding")]
    private protected readonly Parameter positionalEmbedding;

    [ComponentName(Name = "transformer")]
    private protected readonly BlockStack transformer;

    [ComponentName(Name = "ln_final")]
    private protected readonly LayerNorm finalNorm;

    [ComponentName(Name = "text_projection")]
    private protected readonly Parameter projection;

    /// <summary>A tower with fresh weights, drawn from torch's generator in a fixed order.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public TextTransformer(TextOptions options)
        : base(nameof(TextTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        TextOptions = options;
        var (width, layers) = (options.Width, options.Layers);
        var deviation = Math.Pow(width, -0.5);

        tokenEmbedding = Initialization.Embedding(0.02, options.VocabularySize, width);
        positionalEmbedding = Initialization.Normal(0.01, options.ContextLength, width);
        transformer = new BlockStack(new TransformerShape(width, layers, options.Heads, options.MlpRatio, Causal: true));
        foreach (var block in transformer.Blocks)
        {
            block.Redraw(deviation, outputDeviation: deviation * Math.Pow(2 * layers, -0.5), hiddenDeviation: Math.Pow(2 * width, -0.5));
        }

        finalNorm = Initialization.LayerNorm(width);
        projection = Initialization.Normal(deviation, width, options.OutputDim);
        RegisterComponents();
    }

    /// <summary>The shape of the tower.</summary>
    public TextOptions TextOptions { get; }

    /// <summary>
    /// In training every so many-th block is computed again in the backward pass instead of kept in memory; 1 for all, 0 for none.
    /// </summary>
    public int RecomputeEvery
    {
        get => transformer.RecomputeEvery;
        set => transformer.RecomputeEvery = value;
    }

    // B batch · L tokens of a caption · D width

    /// <summary>One feature a caption.</summary>
    /// <param name="tokens">int64 [B, L], L up to the context length; the end token is the largest id of its row.</param>
    /// <returns>[B, OutputDim].</returns>
    public override Tensor forward(Tensor tokens) => Encode(tokens, usedLength: null);

    /// <summary>One feature a caption, without work on positions that nobody reads.</summary>
    /// <param name="tokens">int64 [B, L], L up to the context length; the end token is the largest id of its row.</param>
    /// <param name="usedLength">
    /// Positions up to the last end token of the batch, where the caller knows it: attention is causal, so later ones cannot change the
    /// result.
    /// </param>
    /// <returns>[B, OutputDim].</returns>
    /// <exception cref="UserErrorException">A caption is longer than the context.</exception>
    public Tensor Encode(Tensor tokens, int? usedLength)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var length = Math.Min(tokens.shape[1], usedLength ?? long.MaxValue);
        if (length > TextOptions.ContextLength)
        {
            throw new UserErrorException($"captions of {length} tokens do not fit the text tower's context of {TextOptions.ContextLength}: "
                + "set tokenizer.context to at most that.");
        }

        var ids = tokens.narrow(1, 0, length);
        var embedded = tokenEmbedding.call(ids).add(positionalEmbedding.narrow(0, 0, length), Scalars.One);
        var stream = transformer.call(embedded, null, -1);
        var ends = ids.argmax(-1).view(-1, 1, 1).expand(-1, -1, stream.shape[2]);
        var atEnd = stream.gather(1, ends).squeeze(1);          // [B, D]; the norm acts on each token alone, so one a caption is enough
        return matmul(finalNorm.call(atEnd), projection).MoveToOuterDisposeScope();
    }
}
