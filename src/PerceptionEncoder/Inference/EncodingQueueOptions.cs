namespace PerceptionEncoder.Inference;

/// <summary>Limits of an <see cref="EncodingQueue"/>.</summary>
public sealed record EncodingQueueOptions
{
    /// <summary>Pictures, or texts, that are computed at once at most: what the device's memory has room for.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// How long a batch that is not full waits for callers who were there a moment ago. A lone caller does not wait. Zero takes what is
    /// there.
    /// </summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Callers that wait for pictures, and as many for texts; their decoded pictures are what the queue holds in memory.</summary>
    public int Capacity { get; init; } = 256;

    /// <summary>What a caller meets where so many wait already.</summary>
    public FullQueue WhenFull { get; init; } = FullQueue.Wait;

    /// <summary>Pictures that are decoded at once; 0 takes one per core.</summary>
    public int Decoders { get; init; }

    /// <summary>Refuses limits that no queue can have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the limit.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Decoders);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumWait, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaximumWait, TimeSpan.FromHours(1));
    }
}
