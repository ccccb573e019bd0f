using System.Text.Json;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// The usable items of a set with their features, in stored order, encoded by all ranks of the session and delivered to the one that
/// writes. What an interrupted session encoded is not encoded again.
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
    /// <summary>Lines of this rank that another is to log.</summary>
    private readonly List<string> lines = [];
    private EvaluationReader<T>? reader;
    private long keptRows;
    private long keptInputs;
    private long begun;

    /// <summary>Key under which the features are kept.</summary>
    public string Key { get; } = session.Key(set);

    /// <summary>Items delivered so far, over all sessions.</summary>
    public int Samples { get; private set; }

    /// <summary>Items left out so far, over all sessions.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Delivers everything; to the rank that writes. All ranks enumerate it.</summary>
    /// <exception cref="UserErrorException">Nothing can be used, the features are not finite, or the place for them cannot be
    /// written.</exception>
    public IEnumerable<EncodedBatch<T>> Batches(CancellationToken cancellation)
    {
        var world = session.World;
        reader = new EvaluationReader<T>(set, resolution, world.Writes ? log : lines.Add, world);
        using var kept = session.OpenFeatures(Key);
        var start = world.Gather(new[] { kept.Rows, kept.Inputs })[0];
        (keptRows, keptInputs, begun) = (start[0], start[1], start[1]);
        if (kept.Rows > 0)
        {
            log($"{set.Options.Name}: going on after {keptRows} samples of an interrupted evaluation");
            foreach (var (annotations, features) in kept.ReadBack(set.Media.AtOnce(set.Options.Batch)))
            {
                yield return new EncodedBatch<T>(features, [.. annotations.Select(text => JsonSerializer.Deserialize<T>(text)!)]);
            }
        }

        var total = session.TellsProgress ? set.Items.Count() : 0;
        var (clock, inputs) = (session.Clock.Total.Elapsed, keptInputs);
        try
        {
            var own = InFlight.Landed(reader.Batches(RankBlocks.AtOnce(world, cancellation), keptInputs).Select(Start));
            foreach (var (features, note) in RankBlocks.InOrder(world, own, cancellation))
            {
                inputs += note.Inputs;
                Array.ForEach(note.Lines, log);
                var encoded = new EncodedBatch<T>(features.RequireFinite(set.Media.Feature, set.Options.Name), note.Annotations);
                if (note.Annotations.Length > 0)
                {
                    kept.Append(() => note.Annotations.Select(annotation => JsonSerializer.Serialize(annotation)), features, inputs);
                    yield return encoded;
                }

                session.Tell(
                    set.Options.Name,
                    inputs,
                    total,
                    (inputs - keptInputs) / (session.Clock.Total.Elapsed - clock).TotalSeconds);
            }
        }
        finally
        {
            kept.Flush();
        }

        Count(world);
    }

    /// <summary>Adds up the counts of all ranks.</summary>
    private void Count(World world)
    {
        var counts = world.Gather(new RankCounts(reader!.Samples, reader.Unreadable, reader.LastFault));
        Samples = (int)keptRows + counts.Sum(rank => rank.Samples);
        Unreadable = (int)(keptInputs - keptRows) + counts.Sum(rank => rank.Unreadable);
        if (Samples == 0)
        {
            throw reader.Nothing(Unreadable, counts.Select(rank => rank.Fault).LastOrDefault(fault => fault is not null));
        }
    }

    /// <summary>Begins to encode a batch.</summary>
    private InFlight<RankPiece<Note>> Start(EvaluationBatch<T> batch)
    {
        using var scope = NewDisposeScope();
        using (batch)
        {
            var note = new Note([.. batch.Annotations], reader!.Inputs - begun, [.. lines]);
            begun = reader.Inputs;
            lines.Clear();
            if (note.Annotations.Length == 0)
            {
                return new(new RankPiece<Note>(empty(0).DetachFromDisposeScope(), note), null);
            }

            var encoding = session.Clock.Encoding;
            var (features, wait) = EvaluationClock.Time(encoding, () => encode(batch.Images).Fetch());
            return new(
                new RankPiece<Note>(features.MoveToOuterDisposeScope(), note),
                wait is null ? null : () => EvaluationClock.Time(encoding, wait));
        }
    }

    /// <param name="Annotations">Of the rows.</param>
    /// <param name="Inputs">Items of the block, those that cannot be used included.</param>
    /// <param name="Lines">For the log.</param>
    private sealed record Note(T[] Annotations, long Inputs, string[] Lines);

    /// <param name="Samples">Delivered.</param>
    /// <param name="Unreadable">Left out.</param>
    /// <param name="Fault">Why the last was.</param>
    private sealed record RankCounts(int Samples, int Unreadable, string? Fault);
}
