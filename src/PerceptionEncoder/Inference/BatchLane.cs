using System.Diagnostics;
using System.Threading.Channels;

namespace PerceptionEncoder.Inference;

/// <summary>Callers with one kind of input, who are served in batches in the order in which they are ready.</summary>
/// <param name="kind">For the metrics.</param>
/// <param name="options">Limits.</param>
/// <param name="encode">Computes N inputs, on the encoder's thread: N features.</param>
/// <param name="run">Runs something on the encoder's thread, in turn.</param>
/// <param name="metrics">Told of every caller and batch.</param>
internal sealed class BatchLane<T>(
    string kind,
    EncodingQueueOptions options,
    Func<IReadOnlyList<T>, float[][]> encode,
    Func<Func<float[][]>, Task<float[][]>> run,
    QueueMetrics metrics)
    where T : class
{
    private readonly Channel<WaitingCaller<T>> ready = Channel.CreateUnbounded<WaitingCaller<T>>(new() { SingleReader = true });
    private readonly Channel<bool> places = Channel.CreateBounded<bool>(options.Capacity);
    private readonly List<WaitingCaller<T>> batch = new(options.BatchSize);
    private Task serving = Task.CompletedTask;
    private volatile bool closed;
    private volatile bool dropped;

    /// <summary>Callers that were inside when the last batch was done: as many will soon be there again.</summary>
    private int expected = 1;

    /// <summary>Callers that have a place.</summary>
    public int Length => places.Reader.Count;

    /// <summary>Called once, before the first caller comes.</summary>
    public void Start() => serving = Task.Run(Serve);

    /// <summary>A caller's way through: a place, its input, a batch, its feature.</summary>
    /// <param name="prepare">Makes the input once there is a place.</param>
    /// <param name="cancellation">Of the caller.</param>
    public async Task<float[]> Encode(Func<ValueTask<T>> prepare, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await Enter(cancellation).ConfigureAwait(false);
            try
            {
                var row = await Wait(await prepare().ConfigureAwait(false), cancellation).ConfigureAwait(false);
                metrics.Left(kind, began, null);
                return row;
            }
            finally
            {
                places.Reader.TryRead(out _);
            }
        }
        catch (Exception failure)
        {
            metrics.Left(kind, began, failure);
            throw;
        }
    }

    /// <summary>Takes no new caller, and ends when those who have a place are served.</summary>
    public async Task Finish()
    {
        Close();
        await places.Reader.Completion.ConfigureAwait(false);
        ready.Writer.TryComplete();
        await serving.ConfigureAwait(false);
    }

    /// <summary>Takes no new caller and sends away those who wait; ends when the batch that is being computed is done.</summary>
    public Task Drop()
    {
        Close();
        dropped = true;
        ready.Writer.TryComplete();
        return serving;
    }

    private static ObjectDisposedException Closed() => new(nameof(EncodingQueue));

    /// <summary>Those who wait for a place are sent away.</summary>
    private void Close()
    {
        closed = true;
        places.Writer.TryComplete();
    }

    private async ValueTask Enter(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (places.Writer.TryWrite(true))
        {
            return;
        }

        if (!closed && options.WhenFull == FullQueue.Refuse)
        {
            throw new QueueFullException(options.Capacity);
        }

        try
        {
            await places.Writer.WriteAsync(true, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw Closed();
        }
    }

    private async Task<float[]> Wait(T input, CancellationToken cancellation)
    {
        using var caller = new WaitingCaller<T>(input, cancellation);
        return ready.Writer.TryWrite(caller) ? await caller.Row.ConfigureAwait(false) : throw Closed();
    }

    private async Task Serve()
    {
        while (await ready.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await Collect().ConfigureAwait(false);
            if (dropped)
            {
                Fill(int.MaxValue);
                batch.ForEach(caller => caller.Fail(Closed()));
            }
            else if (batch.Count > 0)
            {
                await Compute().ConfigureAwait(false);
            }

            batch.Clear();
        }
    }

    /// <summary>Waits until as many are there as lately, the batch is full, or the first has waited long enough.</summary>
    private async Task Collect()
    {
        Fill(options.BatchSize);
        var awaited = Math.Min(expected, options.BatchSize);
        if (batch.Count == 0 || batch.Count >= awaited || options.MaximumWait == TimeSpan.Zero)
        {
            return;
        }

        using var patience = new CancellationTokenSource(options.MaximumWait);
        try
        {
            while (batch.Count < awaited && await ready.Reader.WaitToReadAsync(patience.Token).ConfigureAwait(false))
            {
                Fill(options.BatchSize);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody else came in time.
        }
    }

    private async Task Compute()
    {
        List<WaitingCaller<T>> served = [];
        try
        {
            var rows = await run(() =>
            {
                // Other batches may have been computed meanwhile: some have left since, others have come.
                batch.RemoveAll(caller => caller.Input is null);
                Fill(options.BatchSize);
                var inputs = new List<T>(batch.Count);
                foreach (var caller in batch)
                {
                    if (caller.Input is { } input)
                    {
                        served.Add(caller);
                        inputs.Add(input);
                    }
                }

                return inputs.Count == 0 ? [] : Measured(inputs);
            }).ConfigureAwait(false);

            expected = Length;
            foreach (var (caller, row) in served.Zip(rows))
            {
                caller.Give(row);
            }
        }
        catch (Exception failure)
        {
            batch.ForEach(caller => caller.Fail(failure));       // it is theirs
        }
    }

    private float[][] Measured(List<T> inputs)
    {
        var began = Stopwatch.GetTimestamp();
        var rows = encode(inputs);
        metrics.Computed(kind, inputs.Count, Stopwatch.GetElapsedTime(began));
        return rows;
    }

    /// <summary>Takes those who are ready and have not left.</summary>
    private void Fill(int size)
    {
        while (batch.Count < size && ready.Reader.TryRead(out var caller))
        {
            if (caller.Input is not null)
            {
                batch.Add(caller);
            }
        }
    }
}
