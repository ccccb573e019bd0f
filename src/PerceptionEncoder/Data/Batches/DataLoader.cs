using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// Endless training batches, read and decoded ahead on threads of its own. Order, contents and positions of the batches depend on the
/// options, seed and start alone, not on the number of workers; from any batch's <see cref="Batch.Next"/> a new loader continues exactly.
/// For one consumer.
/// </summary>
public sealed class DataLoader : IDisposable
{
    private readonly IReadOnlyList<SampleSequence> sequences;
    private readonly DecodeWorkers workers;
    private readonly BatchAssembler assembler;
    private readonly DeviceBatches? sending;
    private readonly BlockingCollection<Batch> ready;
    private readonly CancellationTokenSource stopping = new();
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;
    private bool disposed;

    /// <param name="options">What to read.</param>
    /// <param name="batchSize">Samples in every batch.</param>
    /// <param name="layout">What <paramref name="decode"/> fills.</param>
    /// <param name="decode">Runs on the workers.</param>
    /// <param name="seed">Of order and augmentation.</param>
    /// <param name="start"><see cref="DataPosition.Start"/>, or that of the last batch trained on.</param>
    /// <param name="bad">Takes the account of what could not be used.</param>
    /// <param name="only">Draw from these sources alone; the others keep their positions. Null for all.</param>
    /// <param name="world">The ranks that the samples are dealt to; null for one.</param>
    /// <param name="device">Where the batches are; null for the CPU.</param>
    /// <exception cref="UserErrorException">Bad options, missing shards, or a start that does not belong to them.</exception>
    public DataLoader(
        DataOptions options,
        int batchSize,
        BatchLayout layout,
        SampleDecoder decode,
        ulong seed,
        DataPosition start,
        BadSamples bad,
        SourceChoice? only = null,
        World? world = null,
        Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        TorchRuntime.Initialize();
        var isElsewhere = device is not null && device.type != TorchSharp.DeviceType.CPU;
        world ??= World.Single;
        sequences = SampleSequence.OfRank(options, seed, start, bad, only, world);
        workers = new DecodeWorkers(options.Workers > 0 ? options.Workers : world.Cores, decode, layout);
        assembler = new BatchAssembler(sequences, workers, layout, batchSize, start, options, bad, world, pinned: isElsewhere);
        sending = isElsewhere ? new DeviceBatches(layout, batchSize, device!) : null;
        Skipped = bad.SkippedByReason;
        ready = new BlockingCollection<Batch>(options.Prefetch);
        thread = new Thread(Run) { IsBackground = true, Name = "batches" };
        thread.Start();
    }

    /// <summary>Time that <see cref="Next"/> has kept its caller waiting, in all.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>
    /// Samples skipped by reason up to the last batch handed out, those the account began with included: what a checkpoint stores.
    /// </summary>
    public IReadOnlyDictionary<string, long> Skipped { get; private set; }

    /// <summary>
    /// The next batch; the caller disposes it. Its tensors are in no dispose scope, and their memory is used again after disposal.
    /// </summary>
    /// <exception cref="UserErrorException">Too many bad samples, none at all, or fewer than one batch.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/>.</exception>
    public Batch Next(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var begin = Stopwatch.GetTimestamp();
        try
        {
            if (ready.TryTake(out var batch, Timeout.Infinite, cancellation))
            {
                Skipped = batch.Skipped;
                return batch;
            }
        }
        finally
        {
            Waited += Stopwatch.GetElapsedTime(begin);
        }

        failure!.Throw();
        throw new UnreachableException();
    }

    /// <summary>Stops all threads and waits for them; batches handed out stay valid.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        stopping.Cancel();
        thread.Join();
        workers.Dispose();
        foreach (var sequence in sequences)
        {
            sequence.Dispose();
        }

        while (ready.TryTake(out var batch))
        {
            batch.Dispose();
        }

        assembler.Dispose();
        sending?.Dispose();
        ready.Dispose();
        stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                var batch = assembler.Assemble(stopping.Token);
                batch = sending?.Send(batch) ?? batch;
                try
                {
                    ready.Add(batch, stopping.Token);
                }
                catch
                {
                    batch.Dispose();
                    throw;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Dispose asked for it and waits.
        }
        catch (Exception unexpected)
        {
            failure = ExceptionDispatchInfo.Capture(unexpected);
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
