using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>A decoder of the Llama kind that reads words and, where it has a vision tower, pictures among them.</summary>
/// <remarks>Perception Language Model (arXiv 2504.13180), 3.1, and Perception Encoder, 4.1; key names as published.</remarks>
public sealed class LanguageModel : nn.Module
{
    [ComponentName(Name = "tok_embeddings")]
    private readonly Embedding words;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<DecoderBlock> blocks;

    [ComponentName(Name = "norm")]
    private readonly RmsNorm norm;

    [ComponentName(Name = "output")]
    private readonly Projection? head;

    [ComponentName(Name = "vision_model")]
    private readonly VisionTransformer? vision;

    [ComponentName(Name = "vision_projector")]
    private readonly Projector? projector;

    /// <summary>A model with fresh weights, drawn from torch's generator in a fixed order.</summary>
    /// <exception cref="UserErrorException">The options contradict each other.</exception>
    public LanguageModel(LanguageModelOptions options)
        : base(nameof(LanguageModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Validated();
        var decoder = options.Decoder;
        var deviation = Math.Pow(decoder.Width, -0.5);
        words = Initialization.Embedding(deviation, decoder.VocabularySize, decoder.Width);
        blocks = nn.ModuleList(Enumerable.Range(0, decoder.Layers).Select(_ => new DecoderBlock(decoder)).ToArray());
        norm = new RmsNorm(decoder.Width, decoder.NormEps);
        head = decoder.TiedHead ? null : new Projection(decoder.Width, decoder.VocabularySize, deviation);
        vision = options.Vision is { } tower ? new VisionTransformer(tower) : null;
        projector = options.Vision is { } seen ? new Projector(seen.Width, decoder.Width, options.Projector) : null;
        RegisterComponents();
    }

    /// <summary>The shape of all parts.</summary>
    public LanguageModelOptions Options { get; }

    /// <summary>The vision tower; null in a model of text alone.</summary>
    public VisionTransformer? VisionModel => vision;

    /// <summary>
    /// In training every so many-th block of the decoder is computed again in the backward pass instead of kept in memory; 1 for all, 0 for
    /// none. The tower has a switch of its own.
    /// </summary>
    public int RecomputeEvery { get; set; }

    /// <summary>Element type of the weights.</summary>
    public ScalarType DType => words.weight!.dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => words.weight!.device;

    // B batch · L tokens · S tokens with those in the cache · D width · n pictures · V visual tokens of a picture

    /// <summary>Pictures as tokens: the tower's patches without the class token, projected, then averaged by the pooling ratio.</summary>
    /// <param name="pixels">[n, 3, H, W] float in [-1, 1] (<see cref="Pixels.Normalize"/>).</param>
    /// <returns>[n, V, D].</returns>
    /// <exception cref="UserErrorException">There is no tower, or the picture is too small for one token.</exception>
    public Tensor EncodeImages(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (vision is null)
        {
            throw new UserErrorException("the model reads text alone, and there is a picture. Name a model with a vision tower.");
        }

        using var scope = NewDisposeScope();
        var own = pixels.to(DType);
        return Project(vision.ForwardFeatures(own, norm: true, stripClassToken: true), pixels.shape[2], pixels.shape[3])
            .MoveToOuterDisposeScope();
    }

    /// <summary>Features of the tower as tokens, for those that were computed before.</summary>
    /// <param name="features">[n, patches, tower width], normed, without the class token.</param>
    /// <param name="height">Of the picture, in pixels.</param>
    /// <param name="width">Of the picture, in pixels.</param>
    /// <returns>[n, V, D].</returns>
    /// <exception cref="UserErrorException">There is no tower, or the picture is too small for one token.</exception>
    public Tensor Project(Tensor features, long height, long width)
    {
        if (Options.VisualTokens((int)height, (int)width) == 0 || projector is null)
        {
            throw new UserErrorException($"a picture of {width}x{height} has no token left at pooling ratio "
                + $"{Options.Projector.PoolingRatio}. Use a larger resolution.");
        }

        return projector.call(features, height / Options.Vision!.PatchSize, width / Options.Vision.PatchSize);
    }

    /// <summary>The stream that enters the first block.</summary>
    /// <param name="ids">int64 [B, L].</param>
    /// <param name="visual">[m, D], visual tokens of all pictures one after another; null for none.</param>
    /// <param name="visualIndex">int64 [B, L]: the row of <paramref name="visual"/> that stands at a place, -1 for a word.</param>
    /// <returns>[B, L, D].</returns>
    public Tensor Embed(Tensor ids, Tensor? visual = null, Tensor? visualIndex = null)
    {
        using var scope = NewDisposeScope();
        var embedded = words.call(ids);
        if (visual is not null && visualIndex is not null && visual.shape[0] > 0)
        {
            var seen = visual.index_select(0, visualIndex.clamp(min: Scalars.Of(0L)).flatten()).view(embedded.shape).to(embedded.dtype);
            embedded = where(visualIndex.ge(Scalars.Of(0L)).unsqueeze(-1), seen, embedded);
        }

        return embedded.MoveToOuterDisposeScope();
    }

    /// <summary>All blocks and the norm behind them.</summary>
    /// <param name="embedded">[B, L, D], of <see cref="Embed"/>.</param>
    /// <param name="places">Where the tokens stand; null for one sequence a row, which goes on behind the cache.</param>
    /// <param name="cache">Tokens seen before, to which these are added; null for none.</param>
    /// <returns>[B, L, D].</returns>
    public Tensor Hidden(Tensor embedded, SequencePlaces? places = null, KeyValueCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(embedded);
        using var scope = NewDisposeScope();
        var (before, length, device) = (cache?.Length ?? 0, embedded.shape[1], embedded.device);
        var positions = places?.Positions
            ?? arange(Scalars.Of((long)before), Scalars.Of(before + length), Scalars.One, int64, device).unsqueeze(0);
        var segments = cache is null ? places?.Segments : cache.Advance((int)length, places?.Segments);
        var narrow = Autocast.Current(device);
        var pass = new AttentionPass(
            Rotary.Rotations(positions, Options.Decoder),
            AttentionMask.Of(segments, before, length, narrow == float32 ? embedded.dtype : narrow, device),
            cache);
        var stream = embedded.alias();
        for (var layer = 0; layer < blocks.Count; layer++)
        {
            stream = GradientMark.Before(blocks[layer], stream);
            var next = Run(layer, stream, pass with { Layer = layer });
            stream.Dispose();                                   // autograd keeps what it needs
            stream = next;
        }

        return norm.call(stream).MoveToOuterDisposeScope();
    }

    /// <summary>Scores of every word of the vocabulary.</summary>
    /// <param name="hidden">[..., D], of <see cref="Hidden"/>.</param>
    /// <returns>[..., vocabulary], float32.</returns>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return (head is null ? Affine.Apply(hidden, words.weight!, null) : head.call(hidden)).to(float32).MoveToOuterDisposeScope();
    }
    private Tensor Run(int layer, Tensor stream, AttentionPass pass)
    {
        var block = blocks[layer];

        // The last block's activations would be needed at once: to drop them saves nothing.
        return RecomputeEvery > 0 && layer < blocks.Count - 1 && layer % RecomputeEvery == 0 && training && is_grad_enabled()
            ? RecomputedBlock.Apply(
                (input, constants) => block.call(input, pass with { Rotations = constants[0]!, Mask = constants[1] }),
                stream,
                [pass.Rotations, pass.Mask])
            : block.call(stream, pass);
    }
}
