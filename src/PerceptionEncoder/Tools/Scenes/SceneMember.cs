namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One of the files that make up a sample of a shard.</summary>
/// <param name="Name">File name: the sample's key and the member's extension.</param>
/// <param name="Content">Its bytes.</param>
internal readonly record struct SceneMember(string Name, byte[] Content);
