namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>A clip of a source before anything of it is read.</summary>
/// <param name="Key">Its name in the state and in the shards that are written; no other clip of the source has it.</param>
/// <param name="Source">Its path, or <c>SHARD:KEY</c>.</param>
/// <param name="Place">The same from the source's root on, or with the shard's name alone: it stays where the whole folder moves.</param>
internal sealed record ClipEntry(string Key, string Source, string Place);
