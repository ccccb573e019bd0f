using System.Text.Json.Serialization;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Where reading continues: everything resume needs, and nothing that depends on how far workers ran ahead. Serialises to JSON.
/// </summary>
/// <param name="Draws">Samples drawn so far from all sources, bad ones included: the counter that seeds source choice.</param>
/// <param name="Sources">One position per configured source, in order; empty at the very start, and where there are streams.</param>
public sealed record DataPosition(long Draws, IReadOnlyList<SourcePosition> Sources)
{
    /// <summary>The start of the first epoch.</summary>
    public static DataPosition Start { get; } = new(0, []);

    /// <summary>
    /// The positions of several streams, in order, null for those that another rank reads; null where there is one stream only.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DataPosition?>? Streams { get; init; }

    /// <summary>Which stream the next sample is of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Turn { get; init; }

    /// <summary>
    /// The positions of ranks that go through one stream together and differ, as a rank that had a bad sample is a round ahead; null where
    /// they do not.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DataPosition>? Ranks { get; init; }

    /// <summary>What a checkpoint stores: the same whatever the number of ranks, but for <see cref="Ranks"/>.</summary>
    /// <param name="ofRanks">Where each rank is, in order.</param>
    public static DataPosition Merge(IReadOnlyList<DataPosition> ofRanks)
    {
        ArgumentNullException.ThrowIfNull(ofRanks);
        if (ofRanks.FirstOrDefault(position => position.Streams is not null) is { Streams: { } some } first)
        {
            var merged = Enumerable.Range(0, some.Count)
                .Select(stream => ofRanks[stream % ofRanks.Count].Streams?[stream]
                    ?? throw new ArgumentException($"Rank {stream % ofRanks.Count} does not know of its stream {stream}.", nameof(ofRanks)))
                .ToArray();
            return new DataPosition(merged.Sum(stream => stream.Draws), []) { Streams = merged, Turn = first.Turn };
        }

        DataPosition[] own = [.. ofRanks.Select((position, rank) => position.OfRank(rank, ofRanks.Count))];
        var furthest = own.MaxBy(position => position.Draws)!;
        return own.All(position => position.Draws == furthest.Draws && position.Sources.SequenceEqual(furthest.Sources))
            ? furthest
            : furthest with { Ranks = own };
    }

    /// <summary>
    /// Where one of so many ranks continues: exactly where it was, and where the number of ranks was another and they differed, where the
    /// furthest of them was, which leaves out what the others had still to read of a round or two.
    /// </summary>
    public DataPosition OfRank(int rank, int size)
        => Ranks is null ? this : (Ranks.Count == size ? Ranks[rank] : this with { Ranks = null });

    /// <summary>Where one of so many streams continues.</summary>
    /// <exception cref="UserErrorException">There were another number of streams.</exception>
    internal DataPosition OfStream(int stream, int streams)
    {
        if (this is { Draws: 0, Sources.Count: 0, Streams: null })
        {
            return this;
        }

        if ((Streams?.Count ?? 1) != streams)
        {
            throw new UserErrorException($"data.streams is {streams}, the checkpoint was trained with {Streams?.Count ?? 1}; "
                + "resume with the same number, or start a new run.");
        }

        return Streams is null ? this
            : Streams[stream] ?? throw new InvalidOperationException($"Another rank knows where stream {stream} is.");
    }
}
