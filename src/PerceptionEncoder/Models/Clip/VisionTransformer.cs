using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Clip;

/// <summary>The vision tower: a pre-norm ViT with absolute and 2D rotary positions, and a choice of pooling.</summary>
/// <remarks>Perception Encoder, App. B.1.1 and Tab. 17; key names as published.</remarks>
public sealed class VisionTransformer : nn.Module<Tensor, Tensor>
{
    private readonly Rope2D? rope;

    [ComponentName(Name = "conv1")]
    private readonly PatchEmbedding patchEmbedding;

    [ComponentName(Name = "class_embedding")]
    private readonly Parameter? classEmbedding;

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter? positionalEmbedding;

    [ComponentName(Name = "ln_pre")]
    private readonly LayerNorm? normBefore;

    [ComponentName(Name = "transformer")]
    private readonly BlockStack transformer;

    [ComponentName(Name = "ln_post")]
    private readonly LayerNorm? normAfter;

    [ComponentName(Name = "attn_pool")]
    private readonly AttentionPooling? attentionPooling;

    [ComponentName(Name = "proj")]
    private readonly Parameter? projection;

    /// <summary>A tower with fresh weights, drawn from torch's generator in a fixed order.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public VisionTransformer(VisionOptions options)
        : base(nameof(VisionTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        var (width, grid) = (options.Width, options.PositionGrid);
        var deviation = Math.Pow(width, -0.5);

        rope = options.UseRope2D ? new Rope2D(width / options.Heads, options.UseClassToken) : null;
        patchEmbedding = new PatchEmbedding(width, options.PatchSize);
        classEmbedding = options.UseClassToken ? Initialization.Normal(deviation, width) : null;
        positionalEmbedding = options.UseAbsolutePositions
            ? Initialization.Normal(deviation, (options.UseClassToken ? 1 : 0) + (grid * grid), width)
            : null;
        normBefore = options.UseLnPre ? Initialization.LayerNorm(width) : null;
        transformer = new BlockStack(new TransformerShape(
            width,
            options.Layers,
            options.Heads,
            options.MlpRatio,
            Causal: false,
            options.LayerScale,
            options.DropPath));
        normAfter = options.UseLnPost ? Initialization.LayerNorm(width) : null;
        attentionPooling = options.Pooling == Pooling.Attention ? new AttentionPooling(width, options.PoolingHeads) : null;
        projection = options.OutputDim is { } outputs ? Initialization.Normal(deviation, width, outputs) : null;
        RegisterComponents();
    }

    /// <summary>The shape of the tower; <see cref="VisionOptions.Layers"/> follows <see cref="Truncate"/>.</summary>
    public VisionOptions Options { get; private set; }

    /// <summary>
    /// In training every so many-th block is computed again in the backward pass instead of kept in memory; 1 for all, 0 for none.
    /// </summary>
    public int RecomputeEvery
    {
        get => transformer.RecomputeEvery;
        set => transformer.RecomputeEvery = value;
    }

    // B batch · N = c + patches, c = 1 with a class token, else 0 · D width

    /// <summary>One feature an image, or all tokens where the pooling is <see cref="Pooling.None"/>.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1]; any H and W of at least a patch, what is no multiple of it is cut off.</param>
    /// <returns>[B, OutputDim or D]; without pooling [B, N, OutputDim or D].</returns>
    public override Tensor forward(Tensor images) => Encode(images);

    /// <summary>The whole tower up to a layer: <see cref="ForwardFeatures"/> with the final norm, then <see cref="Pool"/>.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1].</param>
    /// <param name="layerIndex">The last block to run; negative counts from the end.</param>
    /// <param name="stripClassToken">Leave the class token out of the pooling.</param>
    /// <returns>As <see cref="forward"/>.</returns>
    public Tensor Encode(Tensor images, int layerIndex = -1, bool stripClassToken = false)
    {
        using var scope = NewDisposeScope();
        return Pool(ForwardFeatures(images, layerIndex, norm: true, stripClassToken)).MoveToOuterDisposeScope();
    }

    /// <summary>Token features after a layer, before pooling.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1].</param>
    /// <param name="layerIndex">The last block to run; negative counts from the end.</param>
    /// <param name="norm">Apply <c>ln_post</c>, where the tower has it.</param>
    /// <param name="stripClassToken">Leave the class token out of the result.</param>
    /// <param name="mask">Patches to hide, or null.</param>
    /// <returns>[B, N, D], the class token first; fewer tokens where <see cref="VisionOptions.PatchDropout"/> is on in training.</returns>
    /// <exception cref="UserErrorException">The image is smaller than a patch, or there is no such layer.</exception>
    public Tensor ForwardFeatures(
        Tensor images,
        int layerIndex = -1,
        bool norm = false,
        bool stripClassToken = false,
        TokenMask? mask = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        var (gridHeight, gridWidth) = Grid(images);
        var (tokens, rotations) = (Embed(images, gridHeight, gridWidth, mask), rope?.Rotations(gridHeight, gridWidth, images.device));
        if (training && Options.PatchDropout > 0)
        {
            (tokens, rotations) = LeaveOutPatches(tokens, rotations);
        }

        tokens = transformer.call(tokens, rotations, layerIndex);
        if (norm)
        {
            tokens = FinalNorm(tokens);
        }

        if (stripClassToken && Options.UseClassToken)
        {
            tokens = tokens.narrow(1, 1, tokens.shape[1] - 1);
        }

        return tokens.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The tokens after every block in one pass: what <see cref="ForwardFeatures"/> gives layer by layer, at the price of the last, one
    /// layer in memory at a time.
    /// </summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1].</param>
    /// <param name="afterBlock">
    /// Gets the index of each block and its [B, N, D], the class token first and without the final norm, which ends with the call.
    /// </param>
    /// <param name="layerIndex">The last block to run; negative counts from the end.</param>
    /// <exception cref="UserErrorException">The image is smaller than a patch, or there is no such layer.</exception>
    public void ForwardLayers(Tensor images, Action<int, Tensor> afterBlock, int layerIndex = -1)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(afterBlock);
        using var scope = NewDisposeScope();
        var (gridHeight, gridWidth) = Grid(images);
        transformer.Run(
            Embed(images, gridHeight, gridWidth, mask: null),
            rope?.Rotations(gridHeight, gridWidth, images.device),
            layerIndex,
            afterBlock);
    }

    /// <summary>How much each token attends to each other in one block, for pictures.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1].</param>
    /// <param name="layerIndex">The block; negative counts from the end.</param>
    /// <returns>[B, heads, N, N], the class token first; every row sums to 1.</returns>
    /// <exception cref="UserErrorException">The image is smaller than a patch, or there is no such layer.</exception>
    public Tensor AttentionWeights(Tensor images, int layerIndex = -1)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        var (gridHeight, gridWidth) = Grid(images);
        return transformer.AttentionWeights(
            Embed(images, gridHeight, gridWidth, mask: null),
            rope?.Rotations(gridHeight, gridWidth, images.device),
            layerIndex).MoveToOuterDisposeScope();
    }

    /// <summary>The index from 0 of a layer whose index may count from the end.</summary>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public int ResolveLayer(int layerIndex) => transformer.Resolve(layerIndex);

    /// <summary><c>ln_post</c> of tokens of any layer; the tokens themselves where the tower has none.</summary>
    /// <param name="tokens">[B, N, D].</param>
    /// <param name="affine">With its gain and bias; false for mean 0 and variance 1 alone.</param>
    /// <returns>[B, N, D].</returns>
    public Tensor FinalNorm(Tensor tokens, bool affine = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return normAfter is null ? tokens.alias()
            : affine ? normAfter.call(tokens)
            : functional.layer_norm(tokens, [Options.Width], eps: normAfter.eps);
    }

    /// <summary>Pools normed tokens to one feature and projects it.</summary>
    /// <param name="tokens">[B, N, D], as <see cref="ForwardFeatures"/> gives them with the norm.</param>
    /// <returns>As <see cref="forward"/>.</returns>
    public Tensor Pool(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var pooled = Options.Pooling switch
        {
            Pooling.Attention => attentionPooling!.call(tokens),
            Pooling.Token => tokens.select(1, 0),
            Pooling.Average => tokens.mean([1]),
            _ => tokens.alias(),
        };
        return (projection is null ? pooled : matmul(pooled, projection)).MoveToOuterDisposeScope();
    }

    /// <summary>Drops the blocks after a layer for good, as PE-Lang does; negative counts from the end.</summary>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public void Truncate(int layerIndex)
    {
        transformer.Truncate(layerIndex);
        Options = Options with { Layers = transformer.Blocks.Count };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rope?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The absolute positions of a grid, [1, N, D]; null where the tower has none.</summary>
    internal Tensor? PositionsAt(long gridHeight, long gridWidth)
    {
        using var scope = NewDisposeScope();
        return positionalEmbedding is null
            ? null
            : AbsolutePositions.At(positionalEmbedding, Options.UseClassToken, gridHeight, gridWidth)
                .unsqueeze(0).MoveToOuterDisposeScope();
    }

    private (long Height, long Width) Grid(Tensor images)
    {
        var (height, width) = (images.shape[2] / Options.PatchSize, images.shape[3] / Options.PatchSize);
        return height > 0 && width > 0
            ? (height, width)
            : throw new UserErrorException($"an image of {images.shape[3]}x{images.shape[2]} is smaller than a patch of "
                + $"{Options.PatchSize}: use a resolution of at least {Options.PatchSize}.");
    }

    /// <summary>Patches, class token and absolute positions: the stream that enters the first block.</summary>
    private Tensor Embed(Tensor images, long gridHeight, long gridWidth, TokenMask? mask)
    {
        using var scope = NewDisposeScope();
        var tokens = patchEmbedding.call(images);
        if (mask is not null)
        {
            tokens = where(mask.Masked.unsqueeze(-1), mask.Token.to(tokens.dtype), tokens);
        }

        if (classEmbedding is not null)
        {
            tokens = cat([classEmbedding.view(1, 1, -1).expand(tokens.shape[0], -1, -1), tokens], 1);
        }

        if (PositionsAt(gridHeight, gridWidth) is { } positions)
        {
            // The product gives the positions a gradient of their own: of a single image, theirs and the class token's would be one piece
            // of memory, and adding up gradients over several backward passes would add the one to the other.
            tokens = tokens.add(positions * Scalars.One, Scalars.One);
        }

        return (normBefore is null ? tokens : normBefore.call(tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps a random choice of each image's patches, with their positions, and the class token.</summary>
    /// <param name="tokens">[B, N, D].</param>
    /// <param name="rotations">[N, r], or null.</param>
    /// <returns>[B, N', D], and [B, 1, N', r].</returns>
    private (Tensor Tokens, Tensor? Rotations) LeaveOutPatches(Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        var (batch, classToken) = (tokens.shape[0], Options.UseClassToken ? 1 : 0);
        var patches = tokens.shape[1] - classToken;
        var keep = Math.Max(1, (long)Math.Round(patches * (1 - Options.PatchDropout)));
        var kept = Randomness.Uniform(tokens.device, batch, patches).argsort(-1).narrow(1, 0, keep)
            .add(Scalars.Of(classToken), Scalars.One);
        var index = cat([zeros(batch, classToken, int64, tokens.device), kept], 1);          // [B, N']
        return (
            tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[2])).MoveToOuterDisposeScope(),
            rotations?.index_select(0, index.flatten()).view(batch, 1, index.shape[1], -1).MoveToOuterDisposeScope());
    }
}
