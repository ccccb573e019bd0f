namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>A question that got no answer.</summary>
/// <param name="reason">A short fixed phrase, so that reasons can be counted.</param>
/// <param name="detail">What is particular to this case, in one line.</param>
internal sealed class CaptionFailureException(string reason, string detail) : Exception($"{reason}: {detail}")
{
    /// <summary>The kind of fault, for counting.</summary>
    public string Reason => reason;

    /// <summary>What is particular to this case.</summary>
    public string Detail => detail;

    /// <summary>The same question may get an answer a little later.</summary>
    public bool MayPass { get; init; }

    /// <summary>How long the endpoint asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
