namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>An answer that came, of use or not: its call is never made again.</summary>
/// <param name="Stage">That asked.</param>
/// <param name="Part">Frame among those of the clip; 0 in the other stages.</param>
/// <param name="Attempt">0, or 1 where it was asked for again.</param>
/// <param name="Text">What it says.</param>
/// <param name="Reason">Why it is of no use; null where it is.</param>
internal sealed record RecordedAnswer(EngineStage Stage, int Part, int Attempt, string Text, string? Reason)
{
    /// <summary>Who answered.</summary>
    public required string Model { get; init; }

    /// <summary>Version of the prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Of the question.</summary>
    public long InputTokens { get; init; }

    /// <summary>Of the answer.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Money.</summary>
    public double Cost { get; init; }

    /// <summary>From question to answer.</summary>
    public double Seconds { get; init; }
}
