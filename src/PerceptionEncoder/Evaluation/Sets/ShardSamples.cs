using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Samples in CLIP-benchmark's webdataset layout.</summary>
/// <param name="folder">The shards.</param>
/// <param name="border">Pixels around every image that are no part of it.</param>
internal sealed class ShardSamples(ClipBenchmarkFolder folder, int border) : SampleSource
{
    /// <inheritdoc/>
    public override int Border => border;

    /// <inheritdoc/>
    public override IEnumerable<StoredSample> Read(BadSamples faults, IReadOnlySet<string> wanted, long skip)
        => SampleReader.ReadShards(folder.Shards, faults, wanted, skip).Select(sample => new StoredSample(sample.Shard, sample.Key, () => sample));

    /// <inheritdoc/>
    public override long Count() => folder.Shards.Sum(path =>
    {
        using var reader = new SampleReader(path, new BadSamples());
        return reader.Skip(long.MaxValue);
    });

    /// <inheritdoc/>
    protected override IEnumerable<string> Files() => folder.Shards;
}
