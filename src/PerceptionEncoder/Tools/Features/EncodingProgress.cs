namespace PerceptionEncoder.Tools.Features;

/// <summary>Where an encoding run is.</summary>
/// <param name="Rows">Rows of the file so far, those of earlier sessions included.</param>
/// <param name="Unreadable">Inputs left out so far, in all sessions.</param>
/// <param name="RowsPerSecond">Of this session.</param>
/// <param name="EncoderShare">Share of this session's time that the encoder was at work.</param>
public sealed record EncodingProgress(long Rows, long Unreadable, double RowsPerSecond, double EncoderShare);
