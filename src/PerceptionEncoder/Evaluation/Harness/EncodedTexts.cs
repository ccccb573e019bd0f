using System.Globalization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Features of many captions, encoded by all ranks of the session. What an interrupted session encoded is not encoded again.
/// </summary>
/// <param name="name">The set, for messages.</param>
/// <param name="batch">Captions encoded at once.</param>
/// <param name="encode">n captions to [n, D], any device.</param>
/// <param name="session">Keeps the features.</param>
internal sealed class EncodedTexts(string name, int batch, Func<IReadOnlyList<string>, Tensor> encode, EvaluationSession session)
{
    /// <summary>Encodes them all.</summary>
    /// <param name="captions">Those of the rank that writes; what others have is not looked at.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>[T, D] on the CPU, and the key under which they are kept; empty on ranks that do not write.</returns>
    /// <exception cref="UserErrorException">The features are not finite, or the place for them cannot be written.</exception>
    public (Tensor Features, string Key) Of(IReadOnlyList<string> captions, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var world = session.World;
        captions = world.Gather(world.Writes ? captions : [])[0];
        var key = session.Key(captions);
        using var kept = session.OpenFeatures(key);
        var features = kept.ReadBack(batch).Select(some => some.Rows).ToList();
        var done = (int)world.Gather(kept.Rows)[0];
        try
        {
            var own = RankBlocks.Mine(world, captions.Skip(done), batch).Chunk(batch).Select(some =>
            {
                RankBlocks.AtOnce(world, cancellation).ThrowIfCancellationRequested();
                return new RankPiece<int>(EvaluationClock.Time(session.Clock.Encoding, () => Encode(some)), some.Length);
            });
            foreach (var (encoded, count) in RankBlocks.InOrder(world, own, cancellation))
            {
                features.Add(encoded);
                var first = done;
                done += count;
                kept.Append(
                    () => Enumerable.Range(first, count).Select(index => index.ToString(CultureInfo.InvariantCulture)), encoded, done);
            }
        }
        finally
        {
            kept.Flush();
        }

        var all = (world.Writes ? cat(features) : empty(0)).MoveToOuterDisposeScope();
        features.ForEach(some => some.Dispose());
        return (all, key);
    }

    private Tensor Encode(string[] captions)
    {
        using var scope = NewDisposeScope();
        return encode(captions).cpu().RequireFinite("text", name).MoveToOuterDisposeScope();
    }
}
