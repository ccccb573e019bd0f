namespace PerceptionEncoder.Data.Shards;

/// <summary>What is read of one sample.</summary>
internal sealed class TakenMembers
{
    public Dictionary<string, ReadOnlyMemory<byte>> Data { get; } = new(StringComparer.OrdinalIgnoreCase);

    public HashSet<string> Extensions { get; } = new(StringComparer.Ordinal);

    public List<string> Stored { get; } = new(4);

    public long Bytes { get; set; }

    /// <summary>Members met, repeated ones too.</summary>
    public int Count { get; set; }
}
