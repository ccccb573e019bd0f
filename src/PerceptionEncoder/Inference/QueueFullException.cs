namespace PerceptionEncoder.Inference;

/// <summary>An <see cref="EncodingQueue"/> has no place left: ask again later, or elsewhere.</summary>
public sealed class QueueFullException : Exception
{
    /// <param name="capacity">Of the queue.</param>
    internal QueueFullException(int capacity)
        : base($"the queue is full: {capacity} callers wait already. Try again later.")
        => Capacity = capacity;

    /// <summary>Callers that wait.</summary>
    public int Capacity { get; }
}
