using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Reads one source window by window, epoch after epoch, without end. A window starts where the last one ended and never spans epochs, so
/// that each sample comes exactly once in each. Not for several threads at a time.
/// </summary>
internal sealed class WindowReader : IDisposable
{
    private readonly ShardOrder source;
    private readonly int maximumSamples;
    private readonly long maximumBytes;
    private readonly BadSamples faults;
    private readonly IReadOnlySet<string> wanted;
    private readonly HashSet<string> empty = [];
    private IReadOnlyList<string> order;
    private SourcePosition position;
    private IShardReader? shard;
    private int? distinct;
    private Task prefetching = Task.CompletedTask;

    /// <exception cref="UserErrorException">The shards are not those that <paramref name="start"/> was recorded with.</exception>
    public WindowReader(ShardOrder source, SourcePosition start, int maximumSamples, long maximumBytes, BadSamples faults)
    {
        this.source = source;
        this.maximumSamples = maximumSamples;
        this.maximumBytes = maximumBytes;
        this.faults = faults;
        wanted = source.Options.Members();
        order = source.Order(start.Epoch);
        position = start with { DrawnFromWindow = 0 };
        if (start.Shard > order.Count)
        {
            throw Changed($"there is no shard {start.Shard}");
        }
    }

    /// <summary>The next window, not empty.</summary>
    /// <exception cref="UserErrorException">
    /// No shard holds a sample, one cannot be read, or is not the one the start position was recorded with.
    /// </exception>
    public ShuffleWindow Read(CancellationToken cancellation)
    {
        while (true)
        {
            var start = position;
            var samples = ReadSamples(cancellation);
            if (samples.Count > 0)
            {
                if (start.WindowSamples > 0 && start.WindowSamples != samples.Count)
                {
                    throw Changed($"a window of {start.WindowSamples} samples has {samples.Count}");
                }

                start = start with { WindowSamples = samples.Count };
                position = position with { Window = position.Window + 1, WindowSamples = 0 };
                var drawn = samples.ToArray();
                new SampleRandom(source.Hash(RandomStream.WindowOrder, (ulong)start.Epoch, (ulong)start.Window)).Shuffle<Sample>(drawn);
                return new ShuffleWindow(start, drawn);
            }

            if (!source.Options.Resample)
            {
                position = new SourcePosition(position.Epoch + 1, 0, 0, 0, 0);
                order = source.Order(position.Epoch);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        prefetching.Wait();
        shard?.Dispose();
    }

    /// <summary>The samples of the window at the position: as many as it is recorded with, else as many as the bounds allow.</summary>
    private List<Sample> ReadSamples(CancellationToken cancellation)
    {
        var samples = new List<Sample>();
        var bytes = 0L;

        // Shards drawn with replacement have no end: a window has at most as many as there are, so that a small source is not read over and
        // over for one.
        var end = source.Options.Resample ? (int)Math.Min(order.Count, position.Shard + (long)source.Paths.Count) : order.Count;
        while (position.Shard < end
            && (position.WindowSamples > 0
                ? samples.Count < position.WindowSamples
                : samples.Count < maximumSamples && bytes < maximumBytes))
        {
            cancellation.ThrowIfCancellationRequested();
            shard ??= Open(cancellation);
            if (shard.Read() is { } sample)
            {
                samples.Add(sample);
                bytes += sample.Members.Values.Sum(member => (long)member.Length);
                position = position with { SampleInShard = position.SampleInShard + 1 };
            }
            else
            {
                CountEmpty(order[position.Shard]);
                shard.Dispose();
                shard = null;
                position = position with { Shard = position.Shard + 1, SampleInShard = 0 };
            }
        }

        return samples;
    }

    /// <summary>At the end of a shard: whether there is a sample in any, so that reading does not go on for ever.</summary>
    private void CountEmpty(string path)
    {
        if (position.SampleInShard > 0)
        {
            empty.Clear();
        }
        else if (empty.Add(path) && empty.Count == (distinct ??= source.Paths.Distinct().Count()))
        {
            throw new UserErrorException($"shards '{source.Name}': no sample in any of {source.Paths.Count} files, "
                + $"first {ShardAddress.Shown(source.Paths[0])}{(faults.Damage is { } damage ? $" ({damage.Detail})" : "")}; "
                + "check that they are tars of KEY.jpg and KEY.txt members.");
        }
    }

    private IShardReader Open(CancellationToken cancellation)
    {
        var reader = ShardReader.Open(order[position.Shard], faults, wanted, source.Access, cancellation);
        if (position.Shard + 1 < order.Count && prefetching.IsCompleted)
        {
            prefetching = source.Access.Prefetch(order[position.Shard + 1], cancellation);
        }

        if (reader.Skip(position.SampleInShard) == position.SampleInShard)
        {
            return reader;
        }

        reader.Dispose();
        throw Changed($"there is no shard {position.Shard} with {position.SampleInShard} samples");
    }

    private UserErrorException Changed(string difference)
        => new($"shards '{source.Name}' are not those the checkpoint was trained on: {difference}; "
            + "resume with the same shards, or start a new run.");
}
