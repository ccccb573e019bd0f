using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// B batch of all ranks · b micro-batch · D clip dimension
/// <summary>
/// The full-batch gradient of a loss over pairs in the memory of one micro-batch: encode all without a graph, differentiate the loss down
/// to the features, then encode each micro-batch again, with its randomness replayed, and push its features' gradient through. A single
/// micro-batch is encoded once.
/// </summary>
internal static class GradientCaching
{
    /// <summary>Leaves the gradients on the parameters of both towers and on the logit scale.</summary>
    /// <param name="microBatches">Read once, and where there are several, once more.</param>
    /// <param name="encode">Encodes one, whose index is given, the same each time; records a graph where gradients are on.</param>
    /// <param name="loss">Of this rank's images and texts, each [B / ranks, D].</param>
    /// <param name="logLogitScale">The learned logarithm of the logit scale.</param>
    /// <param name="reduction">Begins to sum gradients over ranks in the last micro-batch's backward pass; null for one process.</param>
    /// <param name="afterwards">Called with each micro-batch once its gradient has gone through its graph, which is still there.</param>
    /// <returns>The loss and its derivatives, in the caller's dispose scope.</returns>
    public static PairLoss Accumulate<T>(
        MicroBatches microBatches,
        Func<Batch, int, T> encode,
        Func<Tensor, Tensor, PairLoss> loss,
        Parameter logLogitScale,
        GradientReduction? reduction,
        Action<int, T>? afterwards = null)
        where T : EncodedPairs
    {
        using var listening = microBatches.Count == 1 ? reduction?.Listen() : null;
        var single = microBatches.Count == 1 ? encode(microBatches.Read(), 0) : null;
        var (images, texts) = single is null ? EncodeWithoutGraph(microBatches, encode) : (single.Image.detach(), single.Text.detach());
        var whole = loss(images, texts);
        if (logLogitScale.requires_grad)
        {
            BackwardPass.Run(logLogitScale.exp() * whole.LogitScale);
        }

        long start = 0;
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var listeningLast = i == microBatches.Count - 1 ? reduction?.Listen() : null;
            var encoded = single ?? encode(microBatches.ReadAgain(), i);
            var size = encoded.Image.shape[0];
            BackwardPass.Run(
                (encoded.Image * whole.Image.narrow(0, start, size)).sum()
                    .add((encoded.Text * whole.Text.narrow(0, start, size)).sum(), Scalars.One));
            afterwards?.Invoke(i, encoded);
            start += size;
        }

        reduction?.AllReady();
        return whole;
    }

    private static (Tensor Images, Tensor Texts) EncodeWithoutGraph<T>(MicroBatches microBatches, Func<Batch, int, T> encode)
        where T : EncodedPairs
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var casts = Autocast.KeepCasts();
        var features = new List<EncodedPairs>();
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var inner = NewDisposeScope();
            var encoded = encode(microBatches.Read(), i);
            features.Add(new EncodedPairs(encoded.Image.MoveToOuterDisposeScope(), encoded.Text.MoveToOuterDisposeScope()));
        }

        return (
            cat(features.Select(pair => pair.Image).ToArray()).MoveToOuterDisposeScope(),         // [B / ranks, D]
            cat(features.Select(pair => pair.Text).ToArray()).MoveToOuterDisposeScope());         // [B / ranks, D]
    }
}
