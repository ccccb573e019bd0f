namespace PerceptionEncoder.Data.Shards;

/// <summary>Reads the samples of one shard in stored order.</summary>
internal interface IShardReader : IDisposable
{
    /// <summary>The next sample, or null after the last.</summary>
    /// <exception cref="UserErrorException">The shard cannot be read.</exception>
    Sample? Read();

    /// <summary>Passes over samples without reading their data.</summary>
    /// <returns>How many there were, less than <paramref name="count"/> at the end of the shard.</returns>
    long Skip(long count);
}
