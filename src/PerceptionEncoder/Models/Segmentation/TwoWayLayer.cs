using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>A prompt's tokens look at each other, then at the picture; then the picture looks at them.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/sam/transformer.py: names and formulas only.</remarks>
internal sealed class TwoWayLayer : nn.Module
{
    private readonly bool isFirst;

    [ComponentName(Name = "self_attn")]
    private readonly TokenAttention among;

    [ComponentName(Name = "norm1")]
    private readonly ChannelNorm amongNorm;

    [ComponentName(Name = "cross_attn_token_to_image")]
    private readonly TokenAttention toPicture;

    [ComponentName(Name = "norm2")]
    private readonly ChannelNorm toPictureNorm;

    [ComponentName(Name = "mlp")]
    private readonly Perceptron mlp;

    [ComponentName(Name = "norm3")]
    private readonly ChannelNorm mlpNorm;

    [ComponentName(Name = "norm4")]
    private readonly ChannelNorm fromPictureNorm;

    [ComponentName(Name = "cross_attn_image_to_token")]
    private readonly TokenAttention fromPicture;

    /// <param name="options">Widths.</param>
    /// <param name="isFirst">Its tokens are what they start as: they are replaced where others add.</param>
    public TwoWayLayer(SegmentationOptions options, bool isFirst)
        : base(nameof(TwoWayLayer))
    {
        this.isFirst = isFirst;
        long width = options.FeatureWidth;
        among = new TokenAttention(width, width, options.DecoderHeads);
        amongNorm = new ChannelNorm(width, ChannelNorm.Usual);
        toPicture = new TokenAttention(width, width / 2, options.DecoderHeads);
        toPictureNorm = new ChannelNorm(width, ChannelNorm.Usual);
        mlp = new Perceptron(usesGelu: false, width, options.DecoderHidden, width);
        mlpNorm = new ChannelNorm(width, ChannelNorm.Usual);
        fromPictureNorm = new ChannelNorm(width, ChannelNorm.Usual);
        fromPicture = new TokenAttention(width, width / 2, options.DecoderHeads);
        RegisterComponents();
    }

    /// <param name="tokens">[P, T, D].</param>
    /// <param name="start">What the tokens were at the start: [P, T, D].</param>
    /// <param name="picture">[P or 1, N, D].</param>
    /// <param name="positions">[N, D].</param>
    /// <returns>[P, T, D] and [P, N, D].</returns>
    public (Tensor Tokens, Tensor Picture) Exchange(Tensor tokens, Tensor start, Tensor picture, Tensor positions)
    {
        using var scope = NewDisposeScope();
        tokens = amongNorm.call(isFirst
            ? among.Among(tokens, tokens)
            : tokens.add(among.Among(Placed(tokens), tokens), Scalars.One));
        tokens = toPictureNorm.call(tokens.add(toPicture.ToPicture(Placed(tokens), picture, positions), Scalars.One));
        tokens = mlpNorm.call(tokens.add(mlp.call(tokens), Scalars.One));
        var looked = fromPicture.FromPicture(picture, positions, Placed(tokens), tokens).add_(picture, Scalars.One);
        return (tokens.MoveToOuterDisposeScope(), fromPictureNorm.call(looked).MoveToOuterDisposeScope());

        Tensor Placed(Tensor own) => own.add(start, Scalars.One);
    }
}
