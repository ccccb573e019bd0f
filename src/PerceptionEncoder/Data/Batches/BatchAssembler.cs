using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
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

    private readonly DecodeWorkers workers;
    private readonly BadSamples bad;
    private readonly BatchMemory memory;
    private readonly BatchLayout layout;
    private readonly World world;
    private readonly int streams;
    private readonly int batchSize;
    private readonly SampleLane[] lanes;
    private int turn;

    /// <param name="sequences">This rank's: of the only stream, or one for each of its streams, which give a sample each in turn.</param>
    /// <param name="workers">Decode.</param>
    /// <param name="layout">What they fill.</param>
    /// <param name="batchSize">Samples of a batch of this rank.</param>
    /// <param name="start">Where the sequences began.</param>
    /// <param name="options">How many streams there are, and the share of bad samples that is still accepted.</param>
    /// <param name="bad">Takes the account of what could not be used.</param>
    /// <param name="world">The ranks that the samples are dealt to.</param>
    /// <param name="pinned">Whether the batches go on to a device.</param>
    public BatchAssembler(
        IReadOnlyList<SampleSequence> sequences,
        DecodeWorkers workers,
        BatchLayout layout,
        int batchSize,
        DataPosition start,
        DataOptions options,
        BadSamples bad,
        World world,
        bool pinned)
    {
        (this.workers, this.layout, this.batchSize, this.bad, this.world) = (workers, layout, batchSize, bad, world);
        streams = options.Streams;
        lanes = [.. sequences.Select(sequence => new SampleLane(
            sequence,
            workers,
            Math.Max(2, DepthPerWorker * workers.Count / sequences.Count),
            new EpochTally(sequence, bad, batchSize * sequence.Ranks / sequences.Count, options.BadSampleLimit),
            bad))];
        turn = world.ShareOf(start.Turn) % lanes.Length;
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

        Array.ForEach(lanes, lane => lane.Tally.BatchFilled());
        return new Batch(layout, lease.Tensors, keys, Position())
        {
            FilledLengths = lengths,
            Memory = lease,
            Skipped = bad.SkippedByReason,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    /// <summary>
    /// Takes the next draw of the stream whose turn it is; null where it is a bad sample, which the stream's next one stands in for.
    /// </summary>
    private DecodedSample? NextUsable(CancellationToken cancellation)
    {
        Draw(cancellation);
        var sample = lanes[turn].Take(cancellation);
        turn = sample is null ? turn : (turn + 1) % lanes.Length;
        return sample;
    }

    /// <summary>Fills the pipeline, a sample of each stream in the order of their turns.</summary>
    private void Draw(CancellationToken cancellation)
    {
        for (var drawn = true; drawn;)
        {
            drawn = false;
            for (var i = 0; i < lanes.Length; i++)
            {
                drawn |= lanes[(turn + i) % lanes.Length].Draw(cancellation);
            }
        }
    }

    private DataPosition Position()
    {
        if (streams == 1)
        {
            return lanes[0].Position;
        }

        var positions = new DataPosition?[streams];
        Array.ForEach(lanes, lane => positions[lane.Stream] = lane.Position);
        return new DataPosition(positions.Sum(stream => stream?.Draws ?? 0), []) { Streams = positions, Turn = turn * world.Size };
    }

    internal static unsafe Span<byte> Row(Tensor field, int bytes, int row)
        => new((byte*)TensorMemory.Pointer(field) + ((nint)row * bytes), bytes);
}
