using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>What a stage will take.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Model">Who answers.</param>
/// <param name="Calls">That are to be made; more where answers are no use.</param>
/// <param name="InputTokens">Of questions.</param>
/// <param name="OutputTokens">Of answers.</param>
/// <param name="Hours">With as many calls at once as the config lets.</param>
/// <param name="Cost">Money.</param>
/// <param name="Measured">By the mean of calls that were made; else by a guess.</param>
public sealed record PlannedStage(
    EngineStage Stage,
    string Model,
    long Calls,
    long InputTokens,
    long OutputTokens,
    double Hours,
    double Cost,
    bool Measured);
