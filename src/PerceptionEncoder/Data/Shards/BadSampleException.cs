namespace PerceptionEncoder.Data.Shards;

/// <summary>A sample that cannot be used, such as one without a caption. The loader counts it and goes on with the next.</summary>
public sealed class BadSampleException : Exception
{
    /// <param name="reason">Such as "missing caption"; one phrase per kind of fault.</param>
    /// <param name="detail">What is particular to this sample.</param>
    public BadSampleException(string reason, string detail)
        : base($"{reason}: {detail}")
        => Reason = reason;

    /// <summary>The kind of fault, for counting.</summary>
    public string Reason { get; }
}
