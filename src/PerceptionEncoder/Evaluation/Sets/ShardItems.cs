using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>The samples of some shards.</summary>
/// <param name="shards">The tars, in order.</param>
/// <param name="members">Extensions that are read.</param>
/// <param name="annotate">What a sample is paired with; throws <see cref="BadSampleException"/> where it has nothing.</param>
internal sealed class ShardItems<T>(IReadOnlyList<string> shards, IReadOnlySet<string> members, Func<Sample, T> annotate) : SetItems<T>
{
    /// <summary>Indices of the only samples that belong to the set; null where all do.</summary>
    public IReadOnlySet<int>? Chosen { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<SetItem<T>> Read(BadSamples faults, long skip)
    {
        var samples = Chosen is null
            ? SampleReader.ReadShards(shards, faults, members, skip)
            : SampleReader.ReadShards(shards, faults, members).Where((_, index) => Chosen.Contains(index)).Skip(checked((int)skip));
        return samples.Select(sample => SetItem<T>.OfSample(sample, annotate));
    }

    /// <inheritdoc/>
    public override long Count() => Chosen?.Count ?? shards.Sum(path =>
    {
        using var reader = new SampleReader(path, new BadSamples());
        return reader.Skip(long.MaxValue);
    });

    /// <inheritdoc/>
    protected override IEnumerable<string> Files() => shards;
}
