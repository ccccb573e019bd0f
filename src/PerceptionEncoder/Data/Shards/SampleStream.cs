namespace PerceptionEncoder.Data.Shards;

/// <summary>The endless shuffled samples of one source. While a window is drained the next one is read on a thread of its own.</summary>
internal sealed class SampleStream : IDisposable
{
    private readonly ShardOrder source;
    private readonly WindowReader reader;
    private readonly CancellationTokenSource stopping = new();
    private ShuffleWindow? window;
    private int index;
    private Task<ShuffleWindow> next;

    /// <summary>Continues at <paramref name="start"/>; reading begins at once.</summary>
    public SampleStream(ShardOrder source, SourcePosition start, int maximumSamples, long maximumBytes, BadSamples faults)
    {
        this.source = source;
        reader = new WindowReader(source, start, maximumSamples, maximumBytes, faults);
        index = start.DrawnFromWindow;
        next = ReadAhead();
    }

    /// <summary>The next sample; waits where reading is behind.</summary>
    /// <exception cref="UserErrorException">As <see cref="WindowReader.Read"/>.</exception>
    public SampleDraw Draw(CancellationToken cancellation)
    {
        if (window is null)
        {
            window = Await(cancellation);
            if (index > window.Count)
            {
                throw new UserErrorException($"shards '{source.Name}' are not those the checkpoint was trained on: a window of "
                    + $"{window.Count} samples has no sample {index}; resume with the same shards and data options, or start a new run.");
            }
        }

        if (index == window.Count)
        {
            window = Await(cancellation);
            index = 0;
        }

        var start = window.Start;
        var seed = source.Hash(RandomStream.Sample, (ulong)start.Epoch, (ulong)start.Window, (ulong)index);
        return new SampleDraw(window.Take(index), source, seed, start with { DrawnFromWindow = ++index });
    }

    /// <summary>Stops reading and waits for it.</summary>
    public void Dispose()
    {
        stopping.Cancel();
        Task.WaitAny(next);
        reader.Dispose();
        stopping.Dispose();
    }

    private ShuffleWindow Await(CancellationToken cancellation)
    {
        var read = next.WaitAsync(cancellation).GetAwaiter().GetResult();
        next = ReadAhead();
        return read;
    }

    private Task<ShuffleWindow> ReadAhead()
        => Task.Factory.StartNew(
            () => reader.Read(stopping.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
