using PerceptionEncoder.Data;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// B batch · L tokens · D clip dimension
/// <summary>Contrastive image–text pretraining [2.1]: both towers, and the symmetric cross entropy over the whole batch.</summary>
public sealed class ContrastiveObjective(ClipModel model, double maxLogitScale) : IObjective
{
    private readonly double maxLogLogitScale = Math.Log(maxLogitScale);

    /// <inheritdoc/>
    public nn.Module Model => model;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(IReadOnlyList<Batch> microBatches, StepContext context)
    {
        model.train();
        var loss = microBatches.Count == 1 ? WholeBatch(microBatches[0], context) : CachedGradients(microBatches, context);
        return new Dictionary<string, double> { ["loss"] = loss, ["logit_scale"] = Math.Exp(model.LogitScale.item<float>()) };
    }

    /// <inheritdoc/>
    public void AfterUpdate()
    {
        using var noGradient = no_grad();
        model.LogitScale.clamp_(max: maxLogLogitScale);
    }

    private double WholeBatch(Batch batch, StepContext context)
    {
        using var scope = NewDisposeScope();
        manual_seed(context.Seed);
        var (image, text) = Encode(batch, context);
        var loss = ContrastiveLoss.Symmetric(image, text, model.LogitScale.exp());
        loss.backward();
        return loss.item<float>();
    }

    /// <summary>
    /// The full-batch gradient in the memory of one micro-batch: encode all without a graph, differentiate the loss down to the
    /// features, then encode each micro-batch again, with its randomness replayed, and push its features' gradient through.
    /// </summary>
    private double CachedGradients(IReadOnlyList<Batch> microBatches, StepContext context)
    {
        using var scope = NewDisposeScope();
        var features = new List<(Tensor Image, Tensor Text)>();
        using (no_grad())
        {
            for (var i = 0; i < microBatches.Count; i++)
            {
                manual_seed(context.Seed + i);
                features.Add(Encode(microBatches[i], context));
            }
        }

        var images = cat(features.Select(pair => pair.Image).ToArray()).requires_grad_();    // [B, D]
        var texts = cat(features.Select(pair => pair.Text).ToArray()).requires_grad_();      // [B, D]
        var loss = ContrastiveLoss.Symmetric(images, texts, model.LogitScale.exp());
        loss.backward();

        long start = 0;
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var microScope = NewDisposeScope();
            var size = microBatches[i].Size;
            manual_seed(context.Seed + i);
            var (image, text) = Encode(microBatches[i], context);
            var surrogate = (image * images.grad!.narrow(0, start, size)).sum() + (text * texts.grad!.narrow(0, start, size)).sum();
            surrogate.backward();
            start += size;
        }

        return loss.item<float>();
    }

    private (Tensor Image, Tensor Text) Encode(Batch batch, StepContext context)
    {
        using var autocast = context.Precision == Precision.Bf16 ? Autocast.Enter(context.Device, ScalarType.BFloat16) : null;
        var images = Pixels.Normalize(batch.Images.to(context.Device, non_blocking: true));   // [B, 3, H, W] in [-1, 1]
        var tokens = batch.Tokens.to(context.Device, non_blocking: true);                        // [B, L]
        return (model.EncodeImage(images, normalize: true), model.EncodeText(tokens, normalize: true, batch.UsedTokens));
    }
}
