namespace PerceptionEncoder.Inference;

/// <summary>What a caller of an <see cref="EncodingQueue"/> meets that has no place left.</summary>
public enum FullQueue
{
    /// <summary>Its task waits for a place.</summary>
    Wait,

    /// <summary>Its task fails at once with a <see cref="QueueFullException"/>.</summary>
    Refuse,
}
