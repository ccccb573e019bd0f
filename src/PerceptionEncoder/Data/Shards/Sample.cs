namespace PerceptionEncoder.Data.Shards;

/// <summary>One sample of a shard as stored: the members that share a key.</summary>
/// <param name="Key">Path inside the tar up to the first dot of the file name.</param>
/// <param name="Shard">Path of the tar.</param>
/// <param name="Members">Bytes by lower-case extension, without the leading dot: <c>jpg</c>, <c>txt</c>, <c>json</c>, <c>cls</c>.</param>
public sealed record Sample(string Key, string Shard, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Members)
{
    private const int MostListed = 12;

    /// <summary>Extensions of all members in stored order, read or not; null where only <see cref="Members"/> are known.</summary>
    public IReadOnlyList<string>? Stored { get; init; }

    /// <summary>The members that are there, for messages.</summary>
    internal string List()
    {
        IReadOnlyCollection<string> names = Stored ?? [.. Members.Keys];
        var more = names.Count > MostListed ? $" and {names.Count - MostListed} more" : "";
        return names.Count == 0 ? "its members" : string.Join(", ", names.Take(MostListed)) + more;
    }
}
