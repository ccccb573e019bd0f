using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>By which a shard that was written anew is told from the one whose clips were measured.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was last written, UTC.</param>
internal sealed record ShardState(long Length, DateTime Modified)
{
    /// <summary>That of a file; null of one on another machine, or where there is none.</summary>
    public static ShardState? Of(string path)
        => !ShardAddress.IsAddress(path) && new FileInfo(path) is { Exists: true } file
            ? new ShardState(file.Length, file.LastWriteTimeUtc)
            : null;
}
