namespace PerceptionEncoder.Distributed;

/// <summary>Which process a rank is.</summary>
/// <param name="Rank">From 0.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Process">Its number there.</param>
internal sealed record RankIdentity(int Rank, string Host, int Process)
{
    /// <summary>Of this process.</summary>
    public static RankIdentity Of(int rank) => new(rank, Environment.MachineName, Environment.ProcessId);

    /// <inheritdoc/>
    public override string ToString() => $"rank {Rank} (host {Host}, process {Process})";
}
