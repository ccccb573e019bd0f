namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>A training step of dialogues of uneven lengths: packed into rows, against a row for each.</summary>
public sealed record PackingBenchmarkResult
{
    /// <summary>Dialogues of a step, the same for both.</summary>
    public required int Dialogues { get; init; }

    /// <summary>Tokens of the shortest.</summary>
    public required int ShortestTokens { get; init; }

    /// <summary>Tokens of the longest.</summary>
    public required int LongestTokens { get; init; }

    /// <summary>Tokens that there is a loss for.</summary>
    public required long AnswerTokens { get; init; }

    /// <summary>Share of the places of packed rows in which no token stands.</summary>
    public required double PackedPadding { get; init; }

    /// <summary>The same of a row for each dialogue.</summary>
    public required double PaddedPadding { get; init; }

    /// <summary>Answer tokens a second in packed rows.</summary>
    public required double PackedAnswerTokensPerSecond { get; init; }

    /// <summary>The same of a row for each dialogue.</summary>
    public required double PaddedAnswerTokensPerSecond { get; init; }
}
