using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

// b pairs of a micro-batch · L tokens of a caption · D clip dimension
/// <summary>
/// Contrastive image–text pretraining [2.1]: both towers, the symmetric cross entropy over the whole batch, and mask regularisation.
/// </summary>
/// <param name="model">Both towers.</param>
/// <param name="maxLogitScale">The logit scale is clamped to this after each update.</param>
/// <param name="mask">Mask regularisation, or null.</param>
/// <param name="lossTile">Largest side of a matrix of similarities.</param>
/// <param name="localLoss">Ranks compute the loss as <see cref="TiledContrastiveLoss"/> does locally.</param>
public sealed class ContrastiveObjective(
    ClipModel model,
    double maxLogitScale,
    MaskedTokenAlignment? mask = null,
    int lossTile = PairLoss.DefaultTile,
    bool localLoss = false)
    : IObjective
{
    /// <summary>
    /// Set apart from the streams of the contrastive part: switched on or off, the regulariser leaves that part's randomness as it is.
    /// </summary>
    private const ulong MaskStream = 1;

    /// <inheritdoc/>
    public Module Model => model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => mask is null ? [] : [.. mask.named_parameters()];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        model.train();
        using var scope = NewDisposeScope();
        var maskedOfStep = mask?.ImagesOf(microBatches.Samples * context.World.Size) ?? 0;
        var maskedImages = context.World.ShareOf(maskedOfStep);
        var (masked, start) = (zeros(1, float64, context.Device), 0);       // on the device: the host does not wait for each

        // Where the last micro-batch is masked too, the vision tower's gradients are not final before that.
        using var holding = maskedImages > microBatches.Samples - (microBatches.Samples / microBatches.Count)
            ? context.Reduction?.Hold(model.Visual)
            : null;
        var loss = GradientCaching.Accumulate(
            microBatches,
            (batch, i) => Encode(new ImageTextBatch(batch), i, context),
            (images, texts) => TiledContrastiveLoss.Of(images, texts, model.LogitScale.exp(), lossTile, context.World, localLoss),
            model.LogitScale,
            context.Reduction,
            (i, encoded) =>
            {
                var size = (int)encoded.Image.shape[0];
                if (start < maskedImages)
                {
                    if (i == microBatches.Count - 1)
                    {
                        holding?.Dispose();
                    }

                    var images = Math.Min(size, maskedImages - start);
                    masked.add_(AccumulateMasked(encoded, start, images, maskedOfStep, context), Scalars.One);
                }

                start += size;
            });

        var metrics = new Dictionary<string, double>
        {
            ["loss"] = loss.Loss.item<float>(),
            ["logit_scale"] = Math.Exp(model.LogitScale.item<float>()),
        };
        if (maskedOfStep > 0)
        {
            metrics["mask_loss"] = context.World.Sum(masked.item<double>());
        }

        return metrics;
    }

    /// <inheritdoc/>
    public void AfterUpdate() => model.CapLogitScale(maxLogitScale);

    private EncodedTokens Encode(ImageTextBatch batch, int index, StepContext context)
    {
        Randomness.Seed(context.Device, context.SeedOf(index));
        using var autocast = context.Precision.Enter(context.Device);
        var pixels = Pixels.Normalize(batch.Images.SendTo(context.Device));                       // [b, 3, H, W] in [-1, 1]
        var captions = batch.Tokens.SendTo(context.Device);                                        // [b, L]
        var tokens = model.Visual.ForwardFeatures(pixels);                                        // [b, N, width]
        var image = model.Visual.Pool(model.Visual.FinalNorm(tokens));                             // [b, D]
        return new EncodedTokens(
            pixels,
            tokens,
            functional.normalize(image, p: 2, dim: -1),
            model.EncodeText(captions, normalize: true, batch.UsedTokens));
    }

    /// <summary>The regulariser's part of the gradient, after the contrastive one has gone through its graph.</summary>
    private Tensor AccumulateMasked(EncodedTokens encoded, int start, int images, int ofStep, StepContext context)
    {
        // By a sample's number in the step: the same patches are hidden, whichever rank and micro-batch it is in.
        long[] seeds = [.. Enumerable.Range(start, images).Select(sample => unchecked((long)SampleRandom.Mix(
            (ulong)context.Seed,
            MaskStream,
            (ulong)context.World.NumberOf(sample))))];
        Tensor loss;
        using (context.Precision.Enter(context.Device))
        {
            var targets = mask!.Compared(model.Visual, encoded.Tokens.narrow(0, 0, images).detach());
            loss = mask.Loss(model.Visual, encoded.Pixels.narrow(0, 0, images), targets, seeds) * Scalars.Of((double)images / ofStep);
        }

        BackwardPass.Run(loss * Scalars.Of(mask.Options.Weight));
        return loss.detach();
    }

    /// <param name="Pixels">[b, 3, H, W] in [-1, 1].</param>
    /// <param name="Tokens">[b, N, width] of the vision tower, before its final norm.</param>
    /// <param name="Image">[b, D] at unit length.</param>
    /// <param name="Text">[b, D] at unit length.</param>
    private sealed record EncodedTokens(Tensor Pixels, Tensor Tokens, Tensor Image, Tensor Text) : EncodedPairs(Image, Text);
}
