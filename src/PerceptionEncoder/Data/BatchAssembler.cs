using PerceptionEncoder.Media;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Data;

/// <summary>
/// Draws samples, keeps the workers busy, and puts what they decode into batches in the order of drawing: the same batches, and the same error
/// after the same batch, for any number of workers. For one thread.
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
    private readonly int batchSize;
    private readonly int? frames;
    private readonly Queue<(SampleDraw Draw, Task<DecodedSample> Decoding)> inFlight = [];
    private readonly SourcePosition[] positions;
    private long draws;
    private Exception? drawFailure;

    public BatchAssembler(SampleSequence sequence, DecodeWorkers workers, int batchSize, int? frames, (int Height, int Width) resolution, long draws, double badSampleLimit, BadSamples bad)
    {
        this.sequence = sequence;
        this.workers = workers;
        this.batchSize = batchSize;
        this.frames = frames;
        this.draws = draws;
        this.bad = bad;
        positions = [.. sequence.Start];
        tally = new EpochTally(sequence, bad, batchSize, badSampleLimit);
        memory = new BatchMemory(batchSize, frames, resolution.Height, resolution.Width);
    }

    /// <summary>The next batch, full.</summary>
    /// <exception cref="UserErrorException">The data cannot fill it.</exception>
    public Batch Assemble(CancellationToken cancellation)
    {
        var keys = new List<string>(batchSize);
        var frameCounts = new List<int>(batchSize);
        var usedTokens = 1;
        BatchMemory.Lease? lease = null;
        try
        {
            while (keys.Count < batchSize)
            {
                if (NextUsable(cancellation) is not var (sample, media))
                {
                    continue;
                }

                lease ??= memory.Rent(sample.Tokens.Length);
                Copy(sample, lease, keys.Count);
                usedTokens = Math.Max(usedTokens, Array.FindLastIndex(sample.Tokens, id => id != 0) + 1);
                keys.Add(sample.Key);
                frameCounts.Add(media == SampleMedia.Video ? frames ?? 1 : 1);
                workers.Recycle(sample);
            }
        }
        catch
        {
            lease?.Dispose();
            throw;
        }

        tally.BatchFilled();
        return new Batch(lease!.Images, lease.Tokens, keys, new DataPosition(draws, [.. positions]))
        {
            UsedTokens = usedTokens,
            FrameCounts = frameCounts.TrueForAll(count => count == (frames ?? 1)) ? null : frameCounts,
            Memory = lease,
            Skipped = bad.SkippedByReason,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    /// <summary>Takes the next draw in order; null where it is a bad sample.</summary>
    private (DecodedSample Sample, SampleMedia Media)? NextUsable(CancellationToken cancellation)
    {
        Draw(cancellation);
        if (!inFlight.TryDequeue(out var oldest))
        {
            throw drawFailure!;
        }

        var (draw, decoding) = oldest;
        var fault = Await(draw, decoding, cancellation);
        draws++;
        positions[draw.Source.Index] = draw.Next;
        bad.AddDraw(fault);
        tally.Add(draw, usable: fault is null);
        return fault is null ? (decoding.Result, draw.Source.Options.Media) : null;
    }

    /// <summary>Fills the pipeline. A failure waits until everything drawn before it is used, so that it does not depend on the depth.</summary>
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

    private static unsafe void Copy(DecodedSample sample, BatchMemory.Lease lease, int row)
    {
        var context = (int)lease.Tokens.shape[1];
        if (sample.Tokens.Length != context)
        {
            throw new InvalidOperationException($"sample {sample.Key} was decoded to {sample.Tokens.Length} ids, others of its batch to {context}");
        }

        var pixels = sample.Pixels;
        pixels.CopyTo(new Span<byte>((byte*)TensorMemory.Pointer(lease.Images) + ((nint)row * pixels.Length), pixels.Length));
        var ids = new Span<long>((long*)TensorMemory.Pointer(lease.Tokens) + ((nint)row * context), context);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = sample.Tokens[i];
        }
    }
}
