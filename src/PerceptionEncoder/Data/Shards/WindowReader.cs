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
    private string[] order;
    private SourcePosition position;
    private SampleReader? shard;

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
        if (start.Shard > order.Length)
        {
            throw Changed($"there is no shard {start.Shard}");
        }
    }

    /// <summary>The next window, not empty.</summary>
    /// <exception cref="UserErrorException">
    /// A whole epoch holds no sample, a shard cannot be read, or is not the one the start position was recorded with.
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

            if (start is { Shard: 0, SampleInShard: 0 })
            {
                throw new UserErrorException($"shards '{source.Options.Shards}': no sample in any of {order.Length} files, "
                    + $"first {source.Paths[0]}{(faults.Damage is { } damage ? $" ({damage.Detail})" : "")}; "
                    + "check that they are tars of KEY.jpg and KEY.txt members.");
            }

            position = new SourcePosition(position.Epoch + 1, 0, 0, 0, 0);
            order = source.Order(position.Epoch);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => shard?.Dispose();

    /// <summary>The samples of the window at the position: as many as it is recorded with, else as many as the bounds allow.</summary>
    private List<Sample> ReadSamples(CancellationToken cancellation)
    {
        var samples = new List<Sample>();
        var bytes = 0L;
        while (position.Shard < order.Length
            && (position.WindowSamples > 0
                ? samples.Count < position.WindowSamples
                : samples.Count < maximumSamples && bytes < maximumBytes))
        {
            cancellation.ThrowIfCancellationRequested();
            shard ??= Open();
            if (shard.Read() is { } sample)
            {
                samples.Add(sample);
                bytes += sample.Members.Values.Sum(member => (long)member.Length);
                position = position with { SampleInShard = position.SampleInShard + 1 };
            }
            else
            {
                shard.Dispose();
                shard = null;
                position = position with { Shard = position.Shard + 1, SampleInShard = 0 };
            }
        }

        return samples;
    }

    private SampleReader Open()
    {
        var reader = new SampleReader(order[position.Shard], faults, wanted);
        if (reader.Skip(position.SampleInShard) == position.SampleInShard)
        {
            return reader;
        }

        reader.Dispose();
        throw Changed($"there is no shard {position.Shard} with {position.SampleInShard} samples");
    }

    private UserErrorException Changed(string difference)
        => new($"shards '{source.Options.Shards}' are not those the checkpoint was trained on: {difference}; "
            + "resume with the same shards, or start a new run.");
}
