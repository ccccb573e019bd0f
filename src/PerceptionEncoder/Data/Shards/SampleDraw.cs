namespace PerceptionEncoder.Data.Shards;

/// <summary>One sample in the order of training.</summary>
/// <param name="Sample">As stored.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Seed">For its augmentation: the same in every run of one seed, different in each epoch.</param>
/// <param name="Next">Position of its source after it.</param>
internal sealed record SampleDraw(Sample Sample, ShardOrder Source, ulong Seed, SourcePosition Next)
{
    /// <summary>The draws of the round that this one is of, one a rank: their sources, and the position of each after its draw.</summary>
    public IReadOnlyList<(ShardOrder Source, SourcePosition Next)> Round { get; init; } = [];
}
