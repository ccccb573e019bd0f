using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// One pass over the rows that writes what is not in finished shards yet: files are read on several threads, samples stored in order.
/// </summary>
/// <param name="options">Shards and limits.</param>
/// <param name="plan">Of the same rows.</param>
/// <param name="classes">Index of each class; null without labels.</param>
/// <param name="journal">Of the output.</param>
/// <param name="log">Takes a line for each row that is left out.</param>
internal sealed class PackWork(PackOptions options, PackPlan plan, ClassList? classes, PackJournal journal, Action<string> log)
    : IDisposable
{
    private const int EnoughRows = 1000;

    private readonly Dictionary<string, SplitShards> splits = new(StringComparer.Ordinal);
    private readonly Dictionary<long, BadRow> known = journal.Shards.SelectMany(shard => shard.Bad).ToDictionary(bad => bad.Row);
    private readonly Dictionary<string, long> done
        = journal.Shards.GroupBy(shard => shard.Split).ToDictionary(split => split.Key, split => split.Max(shard => shard.Row));

    private readonly List<BadRow> bad = [];
    private long rows;
    private long resumed;

    /// <summary>The rows that were left out.</summary>
    public IReadOnlyList<BadRow> Bad => bad;

    /// <summary>Makes the pass.</summary>
    /// <param name="read">The rows.</param>
    /// <param name="media">Reads their files.</param>
    /// <param name="report">Called after each row.</param>
    /// <param name="cancellation">Stops between two rows; finished shards stay.</param>
    /// <returns>
    /// False where a row that finished shards leave out can be used now, so that they are not what the input gives any more.
    /// </returns>
    /// <exception cref="UserErrorException">Too many rows cannot be used, or the disk is full.</exception>
    public bool Run(IEnumerable<PackRow> read, SampleMedia media, Action<PackProgress>? report, CancellationToken cancellation)
    {
        var workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        using var free = new SemaphoreSlim(workers);
        foreach (var prepared in ReadAhead.InOrder(read.Select(Started), Prepare, workers, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Take(prepared))
            {
                return false;
            }

            rows++;
            if (rows >= EnoughRows)
            {
                StopWhereTooMany();
            }

            report?.Invoke(new PackProgress(rows, plan.Rows, resumed, bad.Count));
        }

        StopWhereTooMany();
        foreach (var (_, split) in splits.OrderBy(split => split.Key, StringComparer.Ordinal))
        {
            split.Finish();
        }

        return true;

        Prepared Prepare(Prepared started)
        {
            free.Wait(cancellation);
            try
            {
                return Read(started, media);
            }
            finally
            {
                free.Release();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var split in splits.Values)
        {
            split.Dispose();
        }
    }

    /// <summary>On the one thread that reads the table: whether there is anything to do for a row.</summary>
    private Prepared Started(PackRow row)
    {
        if (row.Fault is not null)
        {
            return new Prepared(row, null, row.Fault, IsDone: false);
        }

        if (row.Label is { } label && classes?.Find(label) is null)
        {
            var unknown = row.With(BadRow.UnknownLabel, $"'{label}' is not in {classes!.Origin}");
            return new Prepared(unknown, null, unknown.Fault, IsDone: false);
        }

        return new Prepared(row, null, null, IsDone: row.Number <= done.GetValueOrDefault(row.Split, -1));
    }

    private Prepared Read(Prepared started, SampleMedia media)
    {
        var row = started.Row;
        if (started.Fault is not null || (started.IsDone && !known.ContainsKey(row.Number)))
        {
            return started;
        }

        try
        {
            return started with { Members = PackedSample.Of(row, classes, media.Read(row.File)) };
        }
        catch (BadSampleException fault)
        {
            return Bad(fault.Reason, fault.Message);
        }
        catch (ImageException fault)
        {
            return Bad(fault.Reason, fault.Message);
        }
        catch (VideoException fault)
        {
            return Bad(fault.Reason, fault.Message);
        }

        Prepared Bad(string reason, string message)
            => started with { Fault = row.With(reason, message[Math.Min(message.Length, reason.Length + 2)..]).Fault };
    }

    /// <summary>Stores a sample or notes its fault; false where finished shards should have had it.</summary>
    private bool Take(Prepared prepared)
    {
        var row = prepared.Row;
        var isKnown = prepared.IsDone && known.ContainsKey(row.Number);
        if (prepared.Fault is { } fault)
        {
            bad.Add(fault);
            if (!isKnown)
            {
                log(fault.Describe());
            }

            if (row.Fault is null && !prepared.IsDone)
            {
                Of(row.Split).Add(fault);
            }

            return true;
        }

        if (isKnown || (journal.IsComplete && !prepared.IsDone))
        {
            return false;
        }

        if (prepared.IsDone)
        {
            resumed++;
        }
        else
        {
            Of(row.Split).Write(row.Number, row.Key, prepared.Members!);
        }

        return true;
    }

    private SplitShards Of(string split)
    {
        if (!splits.TryGetValue(split, out var shards))
        {
            splits[split] = shards = new SplitShards(options.Output, split, options.ShardSize, journal);
        }

        return shards;
    }

    private void StopWhereTooMany()
    {
        if (bad.Count <= options.BadLimit * rows)
        {
            return;
        }

        PackedFolder.WriteBadRows(options.Output, bad);
        var most = bad.CountBy(row => row.Reason).MaxBy(reason => reason.Value);
        var first = bad.First(row => row.Reason == most.Key);
        var shown = rows < plan.Rows ? $"the first {rows}" : $"{rows}";
        throw new UserErrorException($"{options.Output}: {bad.Count} of {shown} rows "
            + $"cannot be used, more than the limit of {options.BadLimit:P0}: "
            + $"mostly '{most.Key}', first at {first.Place} ({first.Detail}). "
            + $"{Path.Combine(options.Output, Table.BadRowsFile)} lists them. Mend them, or raise the limit, and run again.");
    }

    /// <param name="Row">The row.</param>
    /// <param name="Members">Of its sample; null where it has none, or needs none.</param>
    /// <param name="Fault">Why it cannot be used.</param>
    /// <param name="IsDone">Whether finished shards cover it.</param>
    private sealed record Prepared(
        PackRow Row,
        IReadOnlyList<(string Extension, ReadOnlyMemory<byte> Data)>? Members,
        BadRow? Fault,
        bool IsDone);
}
