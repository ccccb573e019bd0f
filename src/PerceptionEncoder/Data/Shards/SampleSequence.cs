using PerceptionEncoder.Distributed;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// The order of training: for each draw a source by weight, from it the next sample. A function of options, seed and start alone. One
/// stream is gone through by all ranks: they draw in rounds, of which each keeps the sample of its own number, so that what they have
/// together is what one rank would have alone. Of several streams each has a sequence of its own, on one rank.
/// </summary>
internal sealed class SampleSequence : IDisposable
{
    private readonly ulong seed;
    private readonly World world;
    private readonly int streams;
    private readonly double[] thresholds;
    private readonly SampleStream?[] samples;
    private long draws;

    /// <param name="options">The sources.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="start">Where to go on.</param>
    /// <param name="faults">Takes faults of the shards.</param>
    /// <param name="only">Draw from these sources alone; null for all.</param>
    /// <param name="world">The ranks that the samples are dealt to; null for one.</param>
    /// <exception cref="UserErrorException">Bad options, missing shards, or a start that belongs to other sources.</exception>
    public SampleSequence(
        DataOptions options,
        ulong seed,
        DataPosition start,
        BadSamples faults,
        SourceChoice? only = null,
        World? world = null)
        : this(options, Open(options, seed), seed, start, faults, only, world ?? World.Single, 0, 1)
    {
    }

    private SampleSequence(
        DataOptions options,
        IReadOnlyList<ShardOrder> sources,
        ulong seed,
        DataPosition start,
        BadSamples faults,
        SourceChoice? only,
        World world,
        int stream,
        int streams)
    {
        this.seed = seed;
        this.world = world;
        (Stream, this.streams) = (stream, streams);
        start = start.OfStream(stream, streams);
        draws = start.Draws;
        Start = Positions(start, options);
        Sources = sources;
        double[] weights = [.. options.Train.Select(source => only?.Takes(source) != false ? source.Weight : 0)];
        Drawn = [.. weights.Select(weight => weight > 0)];
        thresholds = Thresholds(weights);
        if (!Drawn.Any(drawn => drawn))
        {
            throw new UserErrorException($"data.train has no source {only}, which a stage asks for; add one, or change the stage.");
        }

        // Two windows of every source are in memory at a time. Shared among all sources, drawn from here or not: a window that a stage
        // leaves half drawn is the same one for the next stage, whichever sources that draws from.
        var windowBytes = Math.Max(1, options.ShuffleBytes / 2 / options.Train.Count);
        var opened = new List<SampleStream?>();
        try
        {
            opened.AddRange(Sources.Select(source => Drawn[source.Index]
                ? new SampleStream(source, Start[source.Index], options.ShuffleWindow, windowBytes, faults)
                : null));
        }
        catch
        {
            opened.ForEach(stream => stream?.Dispose());
            throw;
        }

        samples = [.. opened];
    }

    /// <summary>Which of several streams this is; 0 for one.</summary>
    public int Stream { get; }

    /// <summary>Samples drawn before.</summary>
    public long Draws => draws;

    /// <summary>How many ranks the samples are dealt to.</summary>
    public int Ranks => world.Size;

    /// <summary>The configured sources, in order.</summary>
    public IReadOnlyList<ShardOrder> Sources { get; }

    /// <summary>One position per source, where the sequence began.</summary>
    public SourcePosition[] Start { get; }

    /// <summary>Whether each source is drawn from.</summary>
    public IReadOnlyList<bool> Drawn { get; }

    /// <summary>The sequences of one rank: that of the only stream, or one for each stream that is this rank's.</summary>
    /// <param name="options">The sources, and how many streams there are.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="start">Where to go on.</param>
    /// <param name="faults">Takes faults of the shards.</param>
    /// <param name="only">Draw from these sources alone; null for all.</param>
    /// <param name="world">The ranks that the samples are dealt to.</param>
    /// <exception cref="UserErrorException">As of the constructor; or the ranks cannot share the streams.</exception>
    public static IReadOnlyList<SampleSequence> OfRank(
        DataOptions options,
        ulong seed,
        DataPosition start,
        BadSamples faults,
        SourceChoice? only,
        World world)
    {
        options.DemandRanks(world.Size);
        start = start.OfRank(world.Rank, world.Size);
        if (options.Streams == 1)
        {
            return [new SampleSequence(options, seed, start, faults, only, world)];
        }

        var whole = Open(options, seed);
        var opened = new List<SampleSequence>();
        try
        {
            for (var stream = world.Rank; stream < options.Streams; stream += world.Size)
            {
                ShardOrder[] sources = [.. whole.Select(source => source.OfStream(stream, options.Streams))];
                opened.Add(new SampleSequence(options, sources, seed, start, faults, only, World.Single, stream, options.Streams));
            }
        }
        catch
        {
            opened.ForEach(sequence => sequence.Dispose());
            throw;
        }

        return opened;
    }

    /// <summary>This rank's next sample; waits where reading is behind.</summary>
    /// <exception cref="UserErrorException">A source holds no sample or cannot be read.</exception>
    public SampleDraw Draw(CancellationToken cancellation)
    {
        var round = new SampleDraw[world.Size];
        for (var rank = 0; rank < round.Length; rank++)
        {
            round[rank] = DrawNext(cancellation);
        }

        return round[world.Rank] with { Round = [.. round.Select(draw => (draw.Source, draw.Next))] };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in samples)
        {
            source?.Dispose();
        }
    }

    private static ShardOrder[] Open(DataOptions options, ulong seed)
    {
        options.Check();
        var access = options.Access();
        return [.. options.Train.Select((source, index) => new ShardOrder(source, index, seed, access))];
    }

    private SampleDraw DrawNext(CancellationToken cancellation)
    {
        var hash = streams == 1
            ? SampleRandom.Mix(seed, (ulong)RandomStream.SourceChoice, (ulong)draws)
            : SampleRandom.Mix(seed, (ulong)RandomStream.SourceChoice, (ulong)draws, (ulong)Stream);
        var choice = SampleRandom.ToUnit(hash);
        var source = Array.FindIndex(thresholds, threshold => choice < threshold);
        var draw = samples[source < 0 ? Array.FindLastIndex(samples, open => open is not null) : source]!.Draw(cancellation);
        draws++;
        return draw;
    }

    private static SourcePosition[] Positions(DataPosition start, DataOptions options)
    {
        if (start.Sources.Count == 0)
        {
            return [.. options.Train.Select(_ => new SourcePosition(0, 0, 0, 0, 0))];
        }

        return start.Sources.Count == options.Train.Count
            ? [.. start.Sources]
            : throw new UserErrorException($"data.train has {options.Train.Count} sources, "
                + $"the checkpoint was trained on {start.Sources.Count}; resume with the same sources, or start a new run.");
    }

    /// <summary>Upper ends of the sources' shares of [0, 1).</summary>
    private static double[] Thresholds(double[] weights)
    {
        var total = weights.Sum();
        var sum = 0.0;
        return [.. weights.Select(weight => (sum += weight) / total)];
    }
}
