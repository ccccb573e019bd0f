using System.Globalization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Features of many captions. What an interrupted session encoded is not encoded again.</summary>
/// <param name="name">The set, for messages.</param>
/// <param name="batch">Captions encoded at once.</param>
/// <param name="encode">n captions to [n, D], any device.</param>
/// <param name="session">Keeps the features.</param>
internal sealed class EncodedTexts(string name, int batch, Func<IReadOnlyList<string>, Tensor> encode, EvaluationSession session)
{
    /// <summary>Encodes them all.</summary>
    /// <returns>[T, D] on the CPU, and the key under which they are kept.</returns>
    /// <exception cref="UserErrorException">The features are not finite, or the place for them cannot be written.</exception>
    public (Tensor Features, string Key) Of(IReadOnlyList<string> captions, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var key = session.Key(captions);
        using var kept = session.OpenFeatures(key);
        var features = kept.ReadBack(batch).Select(some => some.Rows).ToList();
        var done = (int)kept.Rows;
        try
        {
            foreach (var some in captions.Skip(done).Chunk(batch))
            {
                cancellation.ThrowIfCancellationRequested();
                features.Add(EvaluationClock.Time(session.Clock.Encoding, () => Encode(some)));
                var first = done;
                done += some.Length;
                kept.Append(() => some.Select((_, index) => (first + index).ToString(CultureInfo.InvariantCulture)), features[^1], done);
            }
        }
        finally
        {
            kept.Flush();
        }

        return (cat(features).MoveToOuterDisposeScope(), key);
    }

    private Tensor Encode(string[] captions)
    {
        using var scope = NewDisposeScope();
        return encode(captions).cpu().RequireFinite("text", name).MoveToOuterDisposeScope();
    }
}
