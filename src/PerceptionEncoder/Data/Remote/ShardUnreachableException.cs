namespace PerceptionEncoder.Data.Remote;

/// <summary>A source that does not answer, drops the connection or asks for patience: worth another attempt.</summary>
internal sealed class ShardUnreachableException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How long the source asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
