namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Watches epochs end, to stop a run whose data cannot fill a batch instead of reading for ever: a batch must be filled before every source
/// has gone through a whole epoch.
/// </summary>
internal sealed class EpochTally
{
    /// <summary>Draws after which the share of bad samples means something, where no epoch ends before.</summary>
    private const long EnoughDraws = 1000;

    /// <summary>
    /// Where one rank or stream sees a part of a source in each epoch, and another one each time, a sample is in none of so many times the
    /// number of parts by a chance of e^-20.
    /// </summary>
    private const int EpochsForEachPart = 20;

    private readonly BadSamples bad;
    private readonly int batchSize;
    private readonly double badSampleLimit;
    private readonly int ranks;
    private readonly Epoch[] epochs;
    private bool batchFilled;

    /// <param name="sequence">What is drawn from.</param>
    /// <param name="bad">Already has each draw when <see cref="Add"/> is called.</param>
    /// <param name="batchSize">Samples that one batch of all ranks takes from the sequence.</param>
    /// <param name="badSampleLimit">Share of bad draws that is still accepted.</param>
    public EpochTally(SampleSequence sequence, BadSamples bad, int batchSize, double badSampleLimit)
    {
        this.bad = bad;
        this.batchSize = batchSize;
        this.badSampleLimit = badSampleLimit;
        ranks = sequence.Ranks;
        epochs = [.. sequence.Start.Select((start, source) => new Epoch(start.Epoch, IsWhole: start is { Window: 0, DrawnFromWindow: 0 })
        {
            Size = sequence.Drawn[source] ? -1 : 0,
            ShardOfUsable = start.Shard,
        })];
    }

    /// <summary>A round of samples was drawn, in order; those of other ranks are taken to be usable, which those ranks watch.</summary>
    /// <param name="draw">This rank's.</param>
    /// <param name="usable">Whether it can be used.</param>
    /// <exception cref="UserErrorException">
    /// An epoch ended without a usable sample or without filling one batch, or too many samples are bad.
    /// </exception>
    public void Add(SampleDraw draw, bool usable)
    {
        foreach (var (source, next) in draw.Round)
        {
            ref var epoch = ref epochs[source.Index];
            if (next.Epoch != epoch.Number)
            {
                var ended = epoch;
                epoch = new Epoch(next.Epoch, IsWhole: true)
                {
                    Size = ended.IsWhole ? Math.Max(ended.Size, ended.Usable) : ended.Size,
                    Barren = ended.UsableHere > 0 ? 0 : ended.Barren + (ended.IsWhole ? 1 : 0),
                };
                CheckEpoch(source);
            }

            var isHere = source == draw.Source && next == draw.Next;
            epoch.Usable += usable || !isHere ? 1 : 0;
            if (isHere && usable)
            {
                epoch.UsableHere++;
                epoch.ShardOfUsable = next.Shard;
            }
            else if (source.Options.Resample && next.Shard - epoch.ShardOfUsable > (long)EpochsToSeeAll(source) * source.Paths.Count)
            {
                throw NoneUsable(source);
            }
        }

        if (bad.Draws >= EnoughDraws)
        {
            CheckShare();
        }
    }

    /// <summary>A batch could be filled: from now on its size is known to be within the data.</summary>
    public void BatchFilled() => batchFilled = true;

    private void CheckEpoch(ShardOrder source)
    {
        if (epochs[source.Index].Barren >= EpochsToSeeAll(source))
        {
            throw NoneUsable(source);
        }

        if (epochs.Any(epoch => epoch.Size < 0))
        {
            return;
        }

        CheckShare();
        var total = epochs.Sum(epoch => epoch.Size);

        // The parts of several streams differ in size, so that only a part which is far too small says that all are.
        if (!batchFilled && total < (source.Streams == 1 ? batchSize : batchSize / 2))
        {
            throw new UserErrorException(source.Streams == 1
                ? $"the batch of {batchSize} is larger than the data set, which has {total} usable samples; "
                    + "lower the batch or add shards to data.train."
                : $"one of {source.Streams} streams has {total} usable samples in an epoch, and {batchSize} of a batch; lower the batch or "
                    + "data.streams, or add shards to data.train.");
        }
    }

    /// <summary>Epochs, or as many draws of shards, without a usable sample after which there is taken to be none.</summary>
    private int EpochsToSeeAll(ShardOrder source)
        => ranks * source.Streams is var parts && parts == 1 && !source.Options.Resample ? 1 : EpochsForEachPart * parts;

    private UserErrorException NoneUsable(ShardOrder source)
        => new($"shards '{source.Name}': no usable sample in a whole epoch, {bad.Describe()}; "
            + "check the shards and the captions, images and videos keys of data.train.");

    private void CheckShare()
    {
        if (bad.Share > badSampleLimit)
        {
            throw new UserErrorException($"{bad.Share:P1} of {bad.Draws} samples drawn are bad, "
                + $"more than data.bad_sample_limit ({badSampleLimit:P1}): {bad.Describe()}; mend the shards or raise the limit.");
        }
    }

    /// <param name="Number">Which epoch of the source.</param>
    /// <param name="IsWhole">It was read from its beginning here, not from where a checkpoint left it.</param>
    private record struct Epoch(int Number, bool IsWhole)
    {
        /// <summary>Usable samples in it so far.</summary>
        public long Usable;

        /// <summary>Those of them that were drawn for this rank.</summary>
        public long UsableHere;

        /// <summary>Whole epochs before it, one after the other, that had none.</summary>
        public int Barren;

        /// <summary>Of a source with resampling: the draw of the shard where the last usable sample was.</summary>
        public int ShardOfUsable;

        /// <summary>Most usable samples of a whole epoch; -1 before there was one.</summary>
        public long Size = -1;
    }
}
