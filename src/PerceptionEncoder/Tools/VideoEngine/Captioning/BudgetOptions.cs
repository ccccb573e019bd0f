using System.ComponentModel.DataAnnotations;
using static System.FormattableString;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>
/// What all calls of a run together may take, interruptions and later commands included. No call begins after a limit; those that are
/// under way then may go beyond it.
/// </summary>
public sealed record BudgetOptions
{
    /// <summary>Tokens of questions and answers; null for no limit.</summary>
    [Range(1L, long.MaxValue)]
    public long? Tokens { get; init; }

    /// <summary>Money, by the captioners' prices; null for no limit.</summary>
    [Range(0, 1e12, MinimumIsExclusive = true)]
    public double? Money { get; init; }

    /// <summary>Why no call may begin after so much; null where one may.</summary>
    internal string? Exhausted(long tokens, double cost)
        => Tokens is { } most && tokens >= most ? Invariant($"budget.tokens: {tokens:N0} of {most:N0} are used")
            : Money is { } money && cost >= money ? Invariant($"budget.money: {cost:0.####} of {money:0.####} is spent")
            : null;
}
