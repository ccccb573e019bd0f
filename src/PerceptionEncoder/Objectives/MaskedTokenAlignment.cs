using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// n images · P patches · N = c + P tokens · D width
/// <summary>
/// Mask regularisation [2.1]: the output of each hidden patch is drawn to the output the same patch has in the whole image. The token that
/// takes the hidden patches' places is learned here and is no part of the exported model (inferred: the paper does not say).
/// </summary>
public sealed class MaskedTokenAlignment : nn.Module
{
    [ComponentName(Name = "mask_token")]
    private readonly Parameter token;

    /// <param name="options">Share, ratio and weight.</param>
    /// <param name="width">D of the vision tower.</param>
    public MaskedTokenAlignment(MaskOptions options, int width)
        : base(nameof(MaskedTokenAlignment))
    {
        Options = options;
        token = TokenMask.FreshToken(width);
        RegisterComponents();
    }

    /// <summary>Share, ratio and weight.</summary>
    public MaskOptions Options { get; }

    /// <summary>Images of a batch that are encoded again.</summary>
    public int ImagesOf(int batch) => Options.Weight > 0 ? (int)Math.Round(batch * Options.Share) : 0;

    /// <summary>What is compared of the last block's tokens.</summary>
    /// <param name="vision">The tower.</param>
    /// <param name="tokens">[n, N, D], before the final norm.</param>
    /// <returns>[n, N, D].</returns>
    public Tensor Compared(VisionTransformer vision, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(vision);
        return vision.FinalNorm(tokens, affine: Options.Align == MaskAlignment.After);
    }

    /// <summary>Mean of 1 - cosine over all hidden patches.</summary>
    /// <param name="vision">The tower, in training mode.</param>
    /// <param name="pixels">[n, 3, H, W] in [-1, 1].</param>
    /// <param name="targets">[n, N, D]: <see cref="Compared"/> of the same images; no gradient goes there.</param>
    /// <param name="seeds">Each image's, from which its hidden patches are drawn; null draws them from torch's generator.</param>
    /// <returns>Scalar, float32.</returns>
    public Tensor Loss(VisionTransformer vision, Tensor pixels, Tensor targets, IReadOnlyList<long>? seeds = null)
    {
        ArgumentNullException.ThrowIfNull(vision);
        using var scope = NewDisposeScope();
        var classToken = vision.Options.UseClassToken ? 1 : 0;
        var wanted = targets.detach().narrow(1, classToken, targets.shape[1] - classToken);
        var patches = wanted.shape[1];
        var hidden = seeds is null
            ? TokenMask.Draw(pixels.shape[0], patches, Options.Ratio, pixels.device)                               // [n, P]
            : TokenMask.Draw(seeds, patches, Options.Ratio, pixels.device);
        var tokens = Compared(vision, vision.ForwardFeatures(pixels, stripClassToken: true, mask: new TokenMask(hidden, token)));
        var cosines = nn.functional.cosine_similarity(tokens.to(float32), wanted.to(float32), dim: -1);            // [n, P]
        var compared = cosines.gather(1, TokenMask.Hidden(hidden, TokenMask.HiddenOf(hidden.shape[1], Options.Ratio)));
        return compared.mean().neg().add(Scalars.One, Scalars.One).MoveToOuterDisposeScope();
    }
}
