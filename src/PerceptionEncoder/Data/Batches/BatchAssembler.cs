using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// Draws samples, keeps the workers busy, and puts what they decode into batches in the order of drawing: the same batches, and the same
/// error after the same batch, for any number of workers. For one thread.
/// </summary>
internal sealed class BatchAssembler : IDisposable
{
    /// <summary>Samples in flight for each worker: enough to ride over one slow image.</summary>
    private const int DepthPerWorker = 16;

    private readonly SampleSequence sequence;
    private readonly DecodeWorkers workers;
    private readonly BadSamples bad;
    private readonly EpochTally tally;
    private readonly BatchMemory memory;
    private readonly BatchLayout layout;
    private readonly int batchSize;
    private readonly Queue<(SampleDraw Draw, Task<DecodedSample> Decoding)> inFlight = [];
    private readonly SourcePosition[] positions;
    private long draws;
    private Exception? drawFailure;

    public BatchAssembler(
        SampleSequence sequence,
        DecodeWorkers workers,
        BatchLayout layout,
        int batchSize,
        long draws,
        double badSampleLimit,
        BadSamples bad,
        bool pinned)
    {
        this.sequence = sequence;
        this.workers = workers;
        this.layout = layout;
        this.batchSize = batchSize;
        this.draws = draws;
        this.bad = bad;
        positions = [.. sequence.Start];
        tally = new EpochTally(sequence, bad, batchSize * sequence.Ranks, badSampleLimit);
        memory = new BatchMemory(layout, batchSize, CPU, pinned);
    }

    /// <summary>The next batch, full.</summary>
    /// <exception cref="UserErrorException">The data cannot fill it.</exception>
    public Batch Assemble(CancellationToken cancellation)
    {
        var keys = new List<string>(batchSize);
        var lengths = layout.Fields.Select(_ => new int[batchSize]).ToArray();
        var lease = memory.Rent();
        try
        {
            while (keys.Count < batchSize)
            {
                if (NextUsable(cancellation) is not { } sample)
                {
                    continue;
                }

                for (var field = 0; field < lengths.Length; field++)
                {
                    lengths[field][keys.Count] = sample.Fields.CopyTo(
                        field,
                        Row(lease.Tensors[field], layout.Fields[field].Bytes, keys.Count));
                }

                keys.Add(sample.Key);
                workers.Recycle(sample);
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        tally.BatchFilled();
        return new Batch(layout, lease.Tensors, keys, new DataPosition(draws, [.. positions]))
        {
            FilledLengths = lengths,
            Memory = lease,
            Skipped = bad.SkippedByReason,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    /// <summary>Takes the next draw in order; null where it is a bad sample.</summary>
    private DecodedSample? NextUsable(CancellationToken cancellation)
    {
        Draw(cancellation);
        if (!inFlight.TryDequeue(out var oldest))
        {
            throw drawFailure!;
        }

        var (draw, decoding) = oldest;
        var fault = Await(draw, decoding, cancellation);
        draws += draw.Round.Count;
        foreach (var (source, next) in draw.Round)
        {
            positions[source.Index] = next;
        }

        bad.AddDraw(fault);
        tally.Add(draw, usable: fault is null);
        return fault is null ? decoding.Result : null;
    }

    /// <summary>
    /// Fills the pipeline. A failure waits until everything drawn before it is used, so that it does not depend on the depth.
    /// </summary>
    private void Draw(CancellationToken cancellation)
    {
        while (drawFailure is null && inFlight.Count < DepthPerWorker * workers.Count)
        {
            try
            {
                var draw = sequence.Draw(cancellation);
                inFlight.Enqueue((draw, workers.Submit(draw)));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                drawFailure = failure;
            }
        }
    }

    /// <summary>Waits for the decoder; what is wrong with the sample, or null. Any other failure of the decoder is thrown.</summary>
    private static BadSample? Await(SampleDraw draw, Task<DecodedSample> decoding, CancellationToken cancellation)
    {
        try
        {
            ((Task)decoding).WaitAsync(cancellation).GetAwaiter().GetResult();
            return null;
        }
        catch (ImageException unusable)
        {
            return new BadSample(unusable.Reason, draw.Sample.Shard, draw.Sample.Key, unusable.Message);
        }
        catch (BadSampleException unusable)
        {
            return new BadSample(unusable.Reason, draw.Sample.Shard, draw.Sample.Key, unusable.Message);
        }
    }

    private static unsafe Span<byte> Row(Tensor field, int bytes, int row)
        => new((byte*)TensorMemory.Pointer(field) + ((nint)row * bytes), bytes);
}
