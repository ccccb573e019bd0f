namespace PerceptionEncoder.Data;

/// <summary>The order of training: for each draw a source by weight, from it the next sample. A function of options, seed and start alone.</summary>
internal sealed class SampleSequence : IDisposable
{
    private readonly ulong seed;
    private readonly double[] thresholds;
    private readonly SampleStream[] streams;
    private long draws;

    /// <exception cref="UserErrorException">Bad options, missing shards, or a start that belongs to other sources.</exception>
    public SampleSequence(DataOptions options, ulong seed, DataPosition start, BadSamples faults)
    {
        options.Check();
        this.seed = seed;
        draws = start.Draws;
        Start = Positions(start, options);
        Sources = [.. options.Train.Select((source, index) => new ShardSource(source, index, seed))];
        thresholds = Thresholds(options);

        // Two windows of every source are in memory at a time.
        var windowBytes = Math.Max(1, options.ShuffleBytes / 2 / Sources.Count);
        var opened = new List<SampleStream>();
        try
        {
            opened.AddRange(Sources.Select(source => new SampleStream(source, Start[source.Index], options.ShuffleWindow, windowBytes, faults)));
        }
        catch
        {
            opened.ForEach(stream => stream.Dispose());
            throw;
        }

        streams = [.. opened];
    }

    /// <summary>The configured sources, in order.</summary>
    public IReadOnlyList<ShardSource> Sources { get; }

    /// <summary>One position per source, where the sequence began.</summary>
    public SourcePosition[] Start { get; }

    /// <summary>The next sample; waits where reading is behind.</summary>
    /// <exception cref="UserErrorException">A source holds no sample or cannot be read.</exception>
    public SampleDraw Draw(CancellationToken cancellation)
    {
        var choice = SampleRandom.ToUnit(SampleRandom.Mix(seed, (ulong)RandomStream.SourceChoice, (ulong)draws));
        var source = Array.FindIndex(thresholds, threshold => choice < threshold);
        var draw = streams[source < 0 ? streams.Length - 1 : source].Draw(cancellation);
        draws++;
        return draw;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in streams)
        {
            stream.Dispose();
        }
    }

    private static SourcePosition[] Positions(DataPosition start, DataOptions options)
    {
        if (start.Sources.Count == 0)
        {
            return [.. options.Train.Select(_ => new SourcePosition(0, 0, 0, 0, 0))];
        }

        return start.Sources.Count == options.Train.Count
            ? [.. start.Sources]
            : throw new UserErrorException($"data.train has {options.Train.Count} sources, the checkpoint was trained on {start.Sources.Count}; resume with the same sources, or start a new run.");
    }

    /// <summary>Upper ends of the sources' shares of [0, 1).</summary>
    private static double[] Thresholds(DataOptions options)
    {
        var total = options.Train.Sum(source => source.Weight);
        var sum = 0.0;
        return [.. options.Train.Select(source => (sum += source.Weight) / total)];
    }
}
