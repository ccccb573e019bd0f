namespace PerceptionEncoder.Data.Remote;

/// <summary>What a source sends once it is opened.</summary>
/// <param name="Content">Bytes up to the end of the shard.</param>
/// <param name="Start">Which byte of the shard is the first: the one asked for, or 0 of a source that begins at the beginning only.</param>
/// <param name="Length">Bytes of the whole shard; null where the source does not say.</param>
/// <param name="Version">Tells one content of the shard from another (an ETag or a date); null where the source does not say.</param>
/// <param name="Owner">Disposed with the content.</param>
internal sealed record ShardBody(Stream Content, long Start, long? Length, string? Version, IDisposable? Owner = null) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        Owner?.Dispose();
    }
}
