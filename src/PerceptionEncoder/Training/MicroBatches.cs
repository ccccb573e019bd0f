using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Training;

/// <summary>
/// The micro-batches of one step of one rank, read as they are asked for, so that the first is encoded while the others are still being
/// decoded. An objective that encodes them twice reads each once, in order, then each again.
/// </summary>
public sealed class MicroBatches : IDisposable
{
    private readonly Func<int, Batch> read;
    private readonly Func<int, Batch>? readAgain;
    private readonly bool owned;
    private readonly List<Batch> kept = [];
    private Batch? passing;
    private int first;
    private int second;

    private MicroBatches(int count, int samples, Func<int, Batch> read, Func<int, Batch>? readAgain, bool owned)
        => (Count, Samples, this.read, this.readAgain, this.owned) = (count, samples, read, readAgain, owned);

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Samples in all of them.</summary>
    public int Samples { get; }

    /// <summary>Where reading continues after those read so far; the start where none was.</summary>
    public DataPosition Next { get; private set; } = DataPosition.Start;

    /// <summary>Those of a training step.</summary>
    /// <param name="stage">How many, and of how many samples.</param>
    /// <param name="loader">Reads them.</param>
    /// <param name="again">Reads the same a second time; null keeps them in memory for that.</param>
    /// <param name="stop">Ends waiting for them.</param>
    /// <param name="keep">Whether they are asked for a second time.</param>
    public static MicroBatches Of(StagePlan stage, DataLoader loader, DataLoader? again, CancellationToken stop, bool keep = true) => new(
        stage.MicroBatches,
        stage.RankBatch,
        _ => loader.Next(stop),
        again is not null ? _ => again.Next(stop)
            : keep ? null : _ => throw new InvalidOperationException("The objective has said that it reads micro-batches once."),
        owned: true);

    /// <summary>Those that are there; the caller disposes them.</summary>
    public static MicroBatches Of(params IReadOnlyList<Batch> batches)
        => new(batches.Count, batches.Sum(batch => batch.Size), i => batches[i], i => batches[i], owned: false);

    /// <summary>
    /// The next one. It is valid until the one behind it is read; where none can be read a second time, until it was read again.
    /// </summary>
    /// <exception cref="UserErrorException">Too many bad samples, none at all, or fewer than one batch.</exception>
    /// <exception cref="OperationCanceledException">The run is to stop.</exception>
    public Batch Read()
    {
        ArgumentOutOfRangeException.ThrowIfEqual(first, Count);
        var batch = read(first++);
        Next = batch.Next;
        if (readAgain is null)
        {
            kept.Add(batch);
            return batch;
        }

        return Pass(batch);
    }

    /// <summary>The first one again, then the second, and so on; valid until the one behind it is.</summary>
    /// <exception cref="UserErrorException">As of <see cref="Read"/>.</exception>
    /// <exception cref="OperationCanceledException">The run is to stop.</exception>
    public Batch ReadAgain()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(second, first);
        return Pass(readAgain is null ? kept[second++] : readAgain(second++));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (owned)
        {
            passing?.Dispose();
            kept.ForEach(batch => batch.Dispose());
        }
    }

    private Batch Pass(Batch batch)
    {
        if (owned && passing != batch)
        {
            passing?.Dispose();
        }

        return passing = batch;
    }
}
