namespace PerceptionEncoder.Data;

/// <summary>One sample of a shard as stored: the members that share a key.</summary>
/// <param name="Key">Path inside the tar up to the first dot of the file name.</param>
/// <param name="Shard">Path of the tar.</param>
/// <param name="Members">Bytes by lower-case extension, without the leading dot: <c>jpg</c>, <c>txt</c>, <c>json</c>, <c>cls</c>.</param>
public sealed record Sample(string Key, string Shard, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Members);
