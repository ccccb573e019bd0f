namespace PerceptionEncoder.Data.Remote;

/// <summary>Where a shard that is no file of this machine comes from: a web server, an object store, a command.</summary>
internal interface IShardSource
{
    /// <summary>What messages call it: its address without secrets.</summary>
    string Name { get; }

    /// <summary>Opens the shard at a byte.</summary>
    /// <param name="offset">Below the shard's length.</param>
    /// <param name="version">What earlier bytes were of; null for the first.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="ShardUnreachableException">Not now; another time perhaps.</exception>
    /// <exception cref="UserErrorException">Never: it is not there, must not be read, or is another shard by now.</exception>
    Task<ShardBody> Open(long offset, string? version, CancellationToken cancellation);

    /// <summary>Looks whether the shard is there, without reading it.</summary>
    /// <exception cref="ShardUnreachableException">Nobody can tell now.</exception>
    /// <exception cref="UserErrorException">It is not, or must not be read.</exception>
    Task Look(CancellationToken cancellation);
}
