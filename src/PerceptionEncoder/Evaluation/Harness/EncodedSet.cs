using System.Text.Json;
using PerceptionEncoder.Evaluation.Sets;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>The usable samples of a set with their features, in stored order. What an interrupted session encoded is not encoded again.</summary>
/// <param name="set">The set.</param>
/// <param name="reader">Its samples.</param>
/// <param name="encode">uint8 [B, 3, H, W] on the CPU to [B, D], any device.</param>
/// <param name="session">Keeps the features; null to keep nothing.</param>
/// <param name="log">Takes a line where a session goes on.</param>
internal sealed class EncodedSet<T>(EvaluationSetOptions set, EvaluationReader<T> reader, Func<Tensor, Tensor> encode, EvaluationSession? session, Action<string> log)
{
    private long keptRows;
    private long keptInputs;

    /// <summary>Key under which the features are kept.</summary>
    public string Key { get; } = session?.Key(set) ?? "";

    /// <summary>Samples delivered so far, over all sessions.</summary>
    public int Samples => (int)keptRows + reader.Samples;

    /// <summary>Samples left out so far, over all sessions.</summary>
    public int Unreadable => (int)(keptInputs - keptRows) + reader.Unreadable;

    /// <summary>Delivers everything.</summary>
    /// <exception cref="UserErrorException">Nothing can be used, the features are not finite, or the place for them cannot be written.</exception>
    public IEnumerable<EncodedBatch<T>> Batches(CancellationToken cancellation)
    {
        using var kept = session?.OpenFeatures(Key);
        (keptRows, keptInputs) = (kept?.Rows ?? 0, kept?.Inputs ?? 0);
        if (keptRows > 0)
        {
            log($"{set.Name}: going on after {keptRows} samples of an interrupted evaluation");
            foreach (var (annotations, features) in kept!.ReadBack(set.Batch))
            {
                yield return new EncodedBatch<T>(features, [.. annotations.Select(text => JsonSerializer.Deserialize<T>(text)!)]);
            }
        }

        var total = session?.Report is null ? 0 : reader.Count();
        var start = session?.Clock.Total.Elapsed;
        try
        {
            foreach (var batch in reader.Batches(cancellation, keptInputs))
            {
                var encoded = Encode(batch);
                kept?.Append([.. encoded.Annotations.Select(annotation => JsonSerializer.Serialize(annotation))], encoded.Features, reader.Inputs);
                yield return encoded;
                session?.Report?.Invoke(new EvaluationProgress(set.Name, reader.Inputs, total, (reader.Inputs - keptInputs) / (session.Clock.Total.Elapsed - start!.Value).TotalSeconds, session.Clock.EncoderShare));
            }
        }
        finally
        {
            kept?.Flush();
        }
    }

    private EncodedBatch<T> Encode(EvaluationBatch<T> batch)
    {
        using var scope = NewDisposeScope();
        using (batch)
        {
            var features = EvaluationClock.Time(session?.Clock.Encoding, () => encode(batch.Images).RequireFinite("image", set.Name));
            return new EncodedBatch<T>(features.MoveToOuterDisposeScope(), batch.Annotations);
        }
    }
}
