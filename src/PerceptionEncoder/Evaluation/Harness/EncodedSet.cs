using System.Text.Json;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// The usable items of a set with their features, in stored order. What an interrupted session encoded is not encoded again.
/// </summary>
/// <param name="set">The set.</param>
/// <param name="resolution">The model's input side in pixels, unless the set names one.</param>
/// <param name="encode">A batch's pixels, uint8 on the CPU, to [B, D], any device.</param>
/// <param name="session">Keeps the features.</param>
/// <param name="log">Takes a line where a session goes on, and one for each item that cannot be used.</param>
internal sealed class EncodedSet<T>(
    OpenedSet<T> set,
    int resolution,
    Func<Tensor, Tensor> encode,
    EvaluationSession session,
    Action<string> log)
{
    private readonly EvaluationReader<T> reader = new(set, resolution, log);
    private long keptRows;
    private long keptInputs;

    /// <summary>Key under which the features are kept.</summary>
    public string Key { get; } = session.Key(set);

    /// <summary>Items delivered so far, over all sessions.</summary>
    public int Samples => (int)keptRows + reader.Samples;

    /// <summary>Items left out so far, over all sessions.</summary>
    public int Unreadable => (int)(keptInputs - keptRows) + reader.Unreadable;

    /// <summary>Delivers everything.</summary>
    /// <exception cref="UserErrorException">Nothing can be used, the features are not finite, or the place for them cannot be
    /// written.</exception>
    public IEnumerable<EncodedBatch<T>> Batches(CancellationToken cancellation)
    {
        using var kept = session.OpenFeatures(Key);
        (keptRows, keptInputs) = (kept.Rows, kept.Inputs);
        if (keptRows > 0)
        {
            log($"{set.Options.Name}: going on after {keptRows} samples of an interrupted evaluation");
            foreach (var (annotations, features) in kept.ReadBack(set.Media.AtOnce(set.Options.Batch)))
            {
                yield return new EncodedBatch<T>(features, [.. annotations.Select(text => JsonSerializer.Deserialize<T>(text)!)]);
            }
        }

        var total = session.TellsProgress ? set.Items.Count() : 0;
        var start = session.Clock.Total.Elapsed;
        try
        {
            foreach (var (encoded, inputs) in InFlight.Landed(reader.Batches(cancellation, keptInputs).Select(Start)))
            {
                encoded.Features.RequireFinite(set.Media.Feature, set.Options.Name);
                kept.Append(() => encoded.Annotations.Select(annotation => JsonSerializer.Serialize(annotation)), encoded.Features, inputs);
                yield return encoded;
                session.Tell(
                    set.Options.Name,
                    inputs,
                    total,
                    (inputs - keptInputs) / (session.Clock.Total.Elapsed - start).TotalSeconds);
            }
        }
        finally
        {
            kept.Flush();
        }
    }

    /// <summary>Begins to encode a batch; with it, the items that the reader has passed by then.</summary>
    private InFlight<(EncodedBatch<T> Batch, long Inputs)> Start(EvaluationBatch<T> batch)
    {
        using var scope = NewDisposeScope();
        using (batch)
        {
            var encoding = session.Clock.Encoding;
            var (features, wait) = EvaluationClock.Time(encoding, () => encode(batch.Images).Fetch());
            var encoded = new EncodedBatch<T>(features.MoveToOuterDisposeScope(), batch.Annotations);
            return new((encoded, reader.Inputs), wait is null ? null : () => EvaluationClock.Time(encoding, wait));
        }
    }
}
