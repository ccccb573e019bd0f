using PerceptionEncoder.Data;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

// B batch · L tokens · D clip dimension
/// <summary>Contrastive image–text pretraining [2.1]: both towers, the symmetric cross entropy over the whole batch, and mask regularisation.</summary>
/// <param name="model">Both towers.</param>
/// <param name="maxLogitScale">The logit scale is clamped to this after each update.</param>
/// <param name="mask">Mask regularisation, or null.</param>
/// <param name="lossTile">Largest side of a matrix of similarities.</param>
public sealed class ContrastiveObjective(ClipModel model, double maxLogitScale, MaskedTokenAlignment? mask = null, int lossTile = TiledContrastiveLoss.DefaultTile) : IObjective
{
    private readonly double maxLogLogitScale = Math.Log(maxLogitScale);

    /// <inheritdoc/>
    public Module Model => model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => mask is null ? [] : [.. mask.named_parameters()];

    /// <summary>
    /// The full-batch gradient in the memory of one micro-batch: encode all without a graph, differentiate the loss down to the features, then encode each
    /// micro-batch again, with its randomness replayed, and push its features' gradient through. A single micro-batch is encoded once.
    /// </summary>
    public IReadOnlyDictionary<string, double> Accumulate(IReadOnlyList<Batch> microBatches, StepContext context)
    {
        model.train();
        using var scope = NewDisposeScope();
        var single = microBatches.Count == 1 ? Encode(microBatches[0], 0, context) : null;
        var (allImages, allTexts) = single is null ? EncodeWithoutGraph(microBatches, context) : (single.Image.detach(), single.Text.detach());
        var loss = TiledContrastiveLoss.Of(allImages, allTexts, model.LogitScale.exp(), lossTile);
        (model.LogitScale.exp() * loss.LogitScale).backward();

        long start = 0;
        var masked = 0.0;
        var maskedImages = mask?.ImagesOf(microBatches.Sum(batch => batch.Size)) ?? 0;
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var microScope = NewDisposeScope();
            var size = microBatches[i].Size;
            var encoded = single ?? Encode(microBatches[i], i, context);
            ((encoded.Image * loss.Image.narrow(0, start, size)).sum() + (encoded.Text * loss.Text.narrow(0, start, size)).sum()).backward();
            if (start < maskedImages)
            {
                masked += AccumulateMasked(encoded, Math.Min(size, maskedImages - start), maskedImages, i, context);
            }

            start += size;
        }

        var metrics = new Dictionary<string, double> { ["loss"] = loss.Loss.item<float>(), ["logit_scale"] = Math.Exp(model.LogitScale.item<float>()) };
        if (maskedImages > 0)
        {
            metrics["mask_loss"] = masked;
        }

        return metrics;
    }

    /// <inheritdoc/>
    public void AfterUpdate()
    {
        using var noGradient = no_grad();
        model.LogitScale.clamp_(max: maxLogLogitScale);
    }

    private (Tensor Images, Tensor Texts) EncodeWithoutGraph(IReadOnlyList<Batch> microBatches, StepContext context)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var features = new List<(Tensor Image, Tensor Text)>();
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var microScope = NewDisposeScope();
            var encoded = Encode(microBatches[i], i, context);
            features.Add((encoded.Image.MoveToOuterDisposeScope(), encoded.Text.MoveToOuterDisposeScope()));
        }

        return (
            cat(features.Select(pair => pair.Image).ToArray()).MoveToOuterDisposeScope(),         // [B, D]
            cat(features.Select(pair => pair.Text).ToArray()).MoveToOuterDisposeScope());         // [B, D]
    }

    private Encoded Encode(Batch batch, int index, StepContext context)
    {
        manual_seed(context.Seed + index);
        using var autocast = context.Precision == Precision.Bf16 ? Autocast.Enter(context.Device, ScalarType.BFloat16) : null;
        var pixels = Pixels.Normalize(batch.Images.to(context.Device, non_blocking: true));     // [b, 3, H, W] in [-1, 1]
        var captions = batch.Tokens.to(context.Device, non_blocking: true);                        // [b, L]
        var tokens = model.Visual.ForwardFeatures(pixels, norm: true);                            // [b, N, width]
        return new Encoded(pixels, tokens, functional.normalize(model.Visual.Pool(tokens), p: 2, dim: -1), model.EncodeText(captions, normalize: true, batch.UsedTokens));
    }

    /// <summary>The regulariser's part of the gradient, after the contrastive one has gone through its graph.</summary>
    private double AccumulateMasked(Encoded encoded, long images, long ofStep, int index, StepContext context)
    {
        // A seed of its own: switched on or off, the regulariser leaves the randomness of the contrastive part as it is.
        manual_seed(unchecked((long)SampleRandom.Mix((ulong)(context.Seed + index), MaskStream)));
        Tensor loss;
        using (context.Precision == Precision.Bf16 ? Autocast.Enter(context.Device, ScalarType.BFloat16) : null)
        {
            loss = mask!.Loss(model.Visual, encoded.Pixels.narrow(0, 0, images), encoded.Tokens.narrow(0, 0, images)) * ((double)images / ofStep);
        }

        (loss * mask.Options.Weight).backward();
        return loss.item<float>();
    }

    private const ulong MaskStream = 1;

    /// <param name="Pixels">[b, 3, H, W] in [-1, 1].</param>
    /// <param name="Tokens">[b, N, width] of the vision tower, after its final norm.</param>
    /// <param name="Image">[b, D] at unit length.</param>
    /// <param name="Text">[b, D] at unit length.</param>
    private sealed record Encoded(Tensor Pixels, Tensor Tokens, Tensor Image, Tensor Text);
}
