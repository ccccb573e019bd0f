namespace PerceptionEncoder.Media.Images;

/// <summary>An image that cannot be used. The reason is a short fixed phrase, so that reasons can be counted.</summary>
public sealed class ImageException : Exception
{
    /// <param name="reason">Such as "truncated image" or "too many pixels"; one phrase per kind of fault.</param>
    /// <param name="detail">What is particular to this image.</param>
    public ImageException(string reason, string detail)
        : base($"{reason}: {detail}")
        => Reason = reason;

    /// <summary>The kind of fault, for counting.</summary>
    public string Reason { get; }
}
