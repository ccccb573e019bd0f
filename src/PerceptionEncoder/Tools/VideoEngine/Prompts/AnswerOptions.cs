using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>Which answers are taken. Others are asked for once more, then given up with the reason.</summary>
public sealed record AnswerOptions
{
    /// <summary>
    /// Tokens of the longest summary, start and end included: what the text tower that is trained on it reads; 72 for G, 32 for B
    /// and L [App. B.1.1].
    /// </summary>
    [Range(3, 100_000)]
    public int Context { get; init; } = 72;

    /// <summary>Path of CLIP's vocabulary, to count tokens with; null counts four tokens to three words.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>Words of the longest description of a frame or clip.</summary>
    [Range(1, 100_000)]
    public int LongestDraft { get; init; } = 200;

    /// <summary>Letters of a caption.</summary>
    public AnswerScript Script { get; init; } = AnswerScript.Latin;

    /// <summary>Words that a caption is asked to have at most: three to four tokens, and some room.</summary>
    internal int Words => Math.Max(1, (int)(0.85 * 0.75 * (Context - 2)));
}
