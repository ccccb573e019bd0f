using System.Diagnostics;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>One forward pass over a set that shows every batch at every layer asked for, one layer in memory at a time.</summary>
/// <param name="vision">In eval mode.</param>
/// <param name="device">Where it is.</param>
/// <param name="precision">Arithmetic of matrix products.</param>
/// <param name="layers">Indices from 0.</param>
/// <param name="reading">Counts the time spent waiting for batches.</param>
internal sealed class LayerPass(
    VisionTransformer vision,
    Device device,
    Precision precision,
    IReadOnlyList<int> layers,
    ReadingClock reading)
{
    /// <summary>Reads everything and encodes it.</summary>
    /// <param name="reader">The set.</param>
    /// <param name="take">Gets a layer, its tokens [B, N, D] and the batch's annotations, layer after layer for each batch, and what brings
    /// the tokens to the host; runs without gradients and in a dispose scope of its own.</param>
    /// <param name="report">Told of the images so far and their rate.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void Run<T>(
        EvaluationReader<T> reader,
        Action<int, Tensor, IReadOnlyList<T>, Landing> take,
        Action<int, double>? report,
        CancellationToken cancellation)
    {
        var (clock, landing) = (Stopwatch.StartNew(), new Landing());
        using var casts = Autocast.KeepCasts();
        foreach (var batch in reading.Of(reader.Batches(cancellation)))
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using (batch)
            {
                if (batch.Annotations.Count == 0)
                {
                    continue;
                }

                Show(batch.Images, (layer, tokens) => take(layer, tokens, batch.Annotations, landing));
            }

            report?.Invoke(reader.Samples, reader.Samples / clock.Elapsed.TotalSeconds);
        }

        landing.Finish();
    }

    /// <summary>Encodes one batch, without gradients where the caller has turned them off.</summary>
    /// <param name="images">uint8 [B, 3, H, W], on any device; of any size that the tower takes.</param>
    /// <param name="take">Gets each layer asked for and its tokens, [B, N, D], in a dispose scope of its own.</param>
    public void Show(Tensor images, Action<int, Tensor> take)
    {
        using var autocast = precision.Enter(device);
        vision.ForwardLayers(
            Pixels.Normalize(images.SendTo(device)),
            (layer, tokens) =>
            {
                if (layers.Contains(layer))
                {
                    take(layer, tokens);
                }
            },
            layers.Max());
    }
}
