namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>What all calls of a stage, or of all stages, came to.</summary>
/// <param name="Calls">Answers that came.</param>
/// <param name="InputTokens">Of questions.</param>
/// <param name="OutputTokens">Of answers.</param>
/// <param name="Cost">Money.</param>
/// <param name="Seconds">From question to answer, added up.</param>
internal sealed record EngineTotals(long Calls, long InputTokens, long OutputTokens, double Cost, double Seconds);
