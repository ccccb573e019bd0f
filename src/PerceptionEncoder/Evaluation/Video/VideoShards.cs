using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>What is read of shards of clips.</summary>
internal static class VideoShards
{
    /// <summary>Extensions of clips, of frames decoded before, and of annotations.</summary>
    public static IReadOnlySet<string> Members(params IEnumerable<string> annotations)
        => VideoFiles.Extensions.Concat(FrameMembers.Extensions).Concat(annotations).ToHashSet(StringComparer.OrdinalIgnoreCase);
}
