namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>A stored (not compressed) member of a zip archive.</summary>
/// <param name="Name">Path inside the archive.</param>
/// <param name="Begin">Offset of its first byte in the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record ZipMember(string Name, long Begin, long Length);
