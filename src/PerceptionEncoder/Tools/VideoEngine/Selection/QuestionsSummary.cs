namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What was asked and answered.</summary>
/// <param name="Model">Who answered.</param>
/// <param name="Calls">Answers that this run got; the others were there before.</param>
/// <param name="Tokens">Of all calls into this folder.</param>
/// <param name="Cost">Of all calls into this folder, by the captioner's prices.</param>
/// <param name="Questions">In the config's order.</param>
/// <param name="Failed">Questions that got no answer now, by why; the same command asks them again.</param>
public sealed record QuestionsSummary(
    string Model,
    long Calls,
    long Tokens,
    double Cost,
    IReadOnlyList<QuestionSummary> Questions,
    IReadOnlyDictionary<string, long> Failed);
