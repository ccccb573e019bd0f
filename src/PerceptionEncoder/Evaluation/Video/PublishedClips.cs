namespace PerceptionEncoder.Evaluation.Video;

/// <summary>The sets of clips that are known by name.</summary>
public static class PublishedClips
{
    /// <summary>[B.1.2].</summary>
    private const int DefaultFrames = 8;

    private static readonly HashSet<string> Names =
        new(
            ["kinetics400", "kinetics600", "kinetics700", "ucf101", "hmdb51", "msrvtt", "msvd", "activitynet", "pvd"],
            StringComparer.OrdinalIgnoreCase);

    /// <summary>Frames of a clip of a published set; null where the name is none of theirs.</summary>
    public static int? FramesOf(string name) => Names.Contains(name) ? DefaultFrames : null;
}
