namespace PerceptionEncoder.Tools.Frames;

/// <summary>What an extraction has done.</summary>
/// <param name="Shards">Shards that are complete, those of an earlier run included.</param>
/// <param name="Resumed">Shards that an earlier run had written.</param>
/// <param name="Clips">Clips stored in this run.</param>
/// <param name="Unreadable">Clips left out in this run.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record FrameExtractionSummary(int Shards, int Resumed, long Clips, long Unreadable, double Seconds)
{
    /// <summary>Clips stored a second.</summary>
    public double ClipsPerSecond => Clips / Seconds;
}
