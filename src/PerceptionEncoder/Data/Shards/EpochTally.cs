namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Watches epochs end, to stop a run whose data cannot fill a batch instead of reading for ever: a batch must be filled before every source
/// has gone through a whole epoch.
/// </summary>
internal sealed class EpochTally
{
    /// <summary>Draws after which the share of bad samples means something, where no epoch ends before.</summary>
    private const long EnoughDraws = 1000;

    private readonly BadSamples bad;
    private readonly int batchSize;
    private readonly double badSampleLimit;
    private readonly Epoch[] epochs;
    private bool batchFilled;

    /// <param name="sequence">What is drawn from.</param>
    /// <param name="bad">Already has each draw when <see cref="Add"/> is called.</param>
    /// <param name="batchSize">Samples one batch of all ranks takes.</param>
    /// <param name="badSampleLimit">Share of bad draws that is still accepted.</param>
    public EpochTally(SampleSequence sequence, BadSamples bad, int batchSize, double badSampleLimit)
    {
        this.bad = bad;
        this.batchSize = batchSize;
        this.badSampleLimit = badSampleLimit;
        epochs = [.. sequence.Start.Select((start, source) => new Epoch(start.Epoch, IsWhole: start is { Window: 0, DrawnFromWindow: 0 })
        {
            Size = sequence.Drawn[source] ? -1 : 0,
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
                epoch = new Epoch(next.Epoch, IsWhole: true) { Size = ended.IsWhole ? ended.Usable : ended.Size };
                CheckEpoch(source);
            }

            epoch.Usable += usable || source != draw.Source || next != draw.Next ? 1 : 0;
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
        if (epochs[source.Index].Size == 0)
        {
            throw new UserErrorException($"shards '{source.Options.Shards}': no usable sample in a whole epoch, {bad.Describe()}; "
                + "check the shards and the captions, images and videos keys of data.train.");
        }

        if (epochs.Any(epoch => epoch.Size < 0))
        {
            return;
        }

        CheckShare();
        var total = epochs.Sum(epoch => epoch.Size);
        if (!batchFilled && total < batchSize)
        {
            throw new UserErrorException($"the batch of {batchSize} is larger than the data set, which has {total} usable samples; "
                + "lower the batch or add shards to data.train.");
        }
    }

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

        /// <summary>Usable samples of the last whole epoch; -1 before there was one.</summary>
        public long Size = -1;
    }
}
