using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Shards;

/// <summary>Opens shards of either kind.</summary>
internal static class ShardReader
{
    /// <summary>The reader of a shard: <see cref="LineReader"/> of a <c>.jsonl</c>, else <see cref="SampleReader"/>.</summary>
    /// <param name="path">A path or an address.</param>
    /// <param name="faults">Takes damage.</param>
    /// <param name="wanted">Extensions to read; all where null.</param>
    /// <param name="access">Opens addresses.</param>
    /// <param name="cancellation">Ends waiting for them.</param>
    /// <exception cref="UserErrorException">The file cannot be opened, or is of another kind.</exception>
    public static IShardReader Open(
        string path,
        BadSamples faults,
        IReadOnlySet<string>? wanted,
        ShardAccess access,
        CancellationToken cancellation = default)
    {
        if (!LineReader.IsLines(path))
        {
            return new SampleReader(path, faults, wanted, access, cancellation);
        }

        return !ShardAddress.IsAddress(path) && access.Checksums is null
            ? new LineReader(path)
            : throw new UserErrorException($"{ShardAddress.Shown(path)}: a .jsonl is read from this machine and without checksums; "
                + "fetch it first, or pack it into shards");
    }
}
