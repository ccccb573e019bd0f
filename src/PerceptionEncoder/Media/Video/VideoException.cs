namespace PerceptionEncoder.Media.Video;

/// <summary>A clip that cannot be used. The reason is a short fixed phrase, so that reasons can be counted.</summary>
public sealed class VideoException : Exception
{
    /// <param name="reason">Such as "no video stream" or "truncated clip"; one phrase per kind of fault.</param>
    /// <param name="detail">What is particular to this clip.</param>
    public VideoException(string reason, string detail)
        : base($"{reason}: {detail}")
        => (Reason, Detail) = (reason, detail);

    /// <summary>The kind of fault, for counting.</summary>
    public string Reason { get; }

    /// <summary>What is particular to this clip.</summary>
    public string Detail { get; }
}
