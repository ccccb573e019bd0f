using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>The layers of the mask decoder, and a last look at the picture.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/sam/transformer.py: names and formulas only.</remarks>
internal sealed class TwoWayTransformer : nn.Module
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<TwoWayLayer> layers;

    [ComponentName(Name = "final_attn_token_to_image")]
    private readonly TokenAttention lastLook;

    [ComponentName(Name = "norm_final_attn")]
    private readonly ChannelNorm lastNorm;

    public TwoWayTransformer(SegmentationOptions options)
        : base(nameof(TwoWayTransformer))
    {
        layers = nn.ModuleList(Enumerable.Range(0, options.DecoderLayers).Select(layer => new TwoWayLayer(options, layer == 0)).ToArray());
        lastLook = new TokenAttention(options.FeatureWidth, options.FeatureWidth / 2, options.DecoderHeads);
        lastNorm = new ChannelNorm(options.FeatureWidth, ChannelNorm.Usual);
        RegisterComponents();
    }

    /// <param name="tokens">Of each prompt, [P, T, D].</param>
    /// <param name="picture">[P, N, D], or [1, N, D] for all prompts.</param>
    /// <param name="positions">Of the picture's tokens, [N, D].</param>
    /// <returns>[P, T, D] and [P, N, D].</returns>
    public (Tensor Tokens, Tensor Picture) Exchange(Tensor tokens, Tensor picture, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var (stream, given) = (tokens, picture);
        foreach (var layer in layers)
        {
            var (nextTokens, nextPicture) = layer.Exchange(stream, tokens, picture, positions);
            if (!ReferenceEquals(picture, given))
            {
                picture.Dispose();                              // as large as all prompts' pictures
            }

            (stream, picture) = (nextTokens, nextPicture);
        }

        var looked = lastLook.ToPicture(stream.add(tokens, Scalars.One), picture, positions);
        return (lastNorm.call(stream.add(looked, Scalars.One)).MoveToOuterDisposeScope(), picture.MoveToOuterDisposeScope());
    }
}
