namespace PerceptionEncoder.Tools.Features;

/// <summary>What an encoding run did.</summary>
/// <param name="Output">The finished file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Inputs">Inputs there were.</param>
/// <param name="DamagedShards">Shards whose rest is lost.</param>
/// <param name="ResumedRows">Rows that earlier sessions had left.</param>
/// <param name="Seconds">Time of this session.</param>
/// <param name="RowsPerSecond">Of this session.</param>
/// <param name="EncoderShare">Share of the time that the encoder was at work; the rest is waiting for inputs and writing.</param>
public sealed record EncodingSummary(
    string Output,
    long Rows,
    long Inputs,
    long DamagedShards,
    long ResumedRows,
    double Seconds,
    double RowsPerSecond,
    double EncoderShare)
{
    /// <summary>What multiplied: precision and, on a CPU, the library of float32 products.</summary>
    public string Products { get; init; } = "";

    /// <summary>Inputs that could not be used and have no row.</summary>
    public long Unreadable => Inputs - Rows;

    /// <summary>Rows with a number that is not finite.</summary>
    public long NotFinite { get; init; }
}
