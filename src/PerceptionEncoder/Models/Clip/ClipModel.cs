using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Clip;

/// <summary>The contrastive model: vision tower, text tower and a learned logit scale.</summary>
/// <remarks>
/// It is a text tower that owns a vision tower, because that is what the published names say: the text tower's keys are at the top, the
/// vision tower's under <c>visual.</c>.
/// </remarks>
/// <param name="options">Both towers; fresh weights are drawn from torch's generator in a fixed order.</param>
/// <exception cref="UserErrorException">The options contradict each other.</exception>
public sealed class ClipModel(ClipOptions options) : TextTransformer(options.Validated().Text)
{
    // Initialised here and not in a constructor body: TorchSharp registers fields once, in the base constructor.
    [ComponentName(Name = "visual")]
    private readonly VisionTransformer visual = new(options.Validated().Vision);

    [ComponentName(Name = "logit_scale")]
    private readonly Parameter logitScale = Initialization.Constant(Math.Log(1 / 0.07));

    /// <summary>The shape of both towers.</summary>
    public ClipOptions Options => new() { Vision = visual.Options, Text = TextOptions };

    /// <summary>The vision tower.</summary>
    public VisionTransformer Visual => visual;

    /// <summary>The logarithm of the factor on cosine similarities: a trainable scalar, ln(1/0.07) at the start.</summary>
    public Parameter LogitScale => logitScale;

    /// <summary>Clamps the factor on cosine similarities; after each update of training, with 100 as published.</summary>
    public void CapLogitScale(double maximum)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        logitScale.clamp_(max: Scalars.Of(Math.Log(maximum)));
    }

    // B batch · F frames · C = the CLIP dimension

    /// <summary>One feature an image.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1] (<see cref="Pixels.Normalize"/>).</param>
    /// <param name="normalize">Scale to unit length.</param>
    /// <returns>[B, C].</returns>
    public Tensor EncodeImage(Tensor images, bool normalize = false) => Finish(visual.call(images), normalize);

    /// <summary>One feature a caption.</summary>
    /// <param name="tokens">int64 [B, L]; the end token is the largest id of its row.</param>
    /// <param name="normalize">Scale to unit length.</param>
    /// <param name="usedLength">See <see cref="TextTransformer.Encode"/>.</param>
    /// <returns>[B, C].</returns>
    public Tensor EncodeText(Tensor tokens, bool normalize = false, int? usedLength = null)
        => Finish(Encode(tokens, usedLength), normalize);

    /// <summary>One feature a video: the mean of its frames' features.</summary>
    /// <param name="frames">[B, F, 3, H, W] float in [-1, 1].</param>
    /// <param name="normalize">Scale each frame's feature to unit length; the mean is left as it is, as published.</param>
    /// <returns>[B, C].</returns>
    public Tensor EncodeVideo(Tensor frames, bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(frames);
        using var scope = NewDisposeScope();
        var features = EncodeImage(frames.flatten(0, 1), normalize);
        return features.view(frames.shape[0], frames.shape[1], -1).mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>What a contrastive loss takes: features of both sides at unit length, and the factor on their similarities.</summary>
    /// <param name="images">[B, 3, H, W] float in [-1, 1].</param>
    /// <param name="tokens">int64 [B, L].</param>
    /// <param name="usedLength">See <see cref="TextTransformer.Encode"/>.</param>
    public ClipFeatures Forward(Tensor images, Tensor tokens, int? usedLength = null)
        => new(EncodeImage(images, normalize: true), EncodeText(tokens, normalize: true, usedLength), logitScale.exp());

    private static Tensor Finish(Tensor features, bool normalize)
    {
        if (!normalize)
        {
            return features;
        }

        using (features)
        {
            return functional.normalize(features, p: 2, dim: -1);
        }
    }
}
