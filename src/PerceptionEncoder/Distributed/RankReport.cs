namespace PerceptionEncoder.Distributed;

/// <summary>Where a rank stands, as it says itself.</summary>
internal sealed record RankReport
{
    /// <summary>The step it is in, from 1; null outside of training.</summary>
    public long? Step { get; init; }

    /// <summary>Collectives begun so far.</summary>
    public long Sequence { get; init; }

    /// <summary>The last one begun; empty before the first.</summary>
    public string Collective { get; init; } = "";

    /// <summary>Whether that one has not ended.</summary>
    public bool InCollective { get; init; }

    /// <summary>What it does alone, for as long as that takes; null where the others may expect it.</summary>
    public string? Alone { get; init; }
}
