using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Inference;

/// <summary>How a language model goes on from a prompt.</summary>
public sealed record GenerationOptions
{
    /// <summary>Tokens of the longest answer; the model's context may end it sooner.</summary>
    [Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>
    /// 0 takes the likeliest token each time, so that the same prompt gives the same answer; 1 draws as the model has learned.
    /// </summary>
    [Range(0, 1000)]
    public double Temperature { get; init; }

    /// <summary>Draw among the likeliest tokens before which no more than this mass stands; null for all.</summary>
    [Range(0, 1)]
    public double? TopP { get; init; }

    /// <summary>
    /// Draw among so many of the likeliest tokens and those as likely as the last of them; null for all, ignored beside TopP.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>Answers that are followed side by side for the likeliest whole; 1 for none.</summary>
    [Range(1, 256)]
    public int Beams { get; init; } = 1;

    /// <summary>
    /// An answer's log probability is divided by its length to this power when beams are compared; 0 for not at all.
    /// </summary>
    [Range(0, 10)]
    public double LengthPenalty { get; init; }

    /// <summary>Scores of tokens that are there already are made worse by this factor; 1 for not at all (CTRL, arXiv 1909.05858).</summary>
    [Range(1, 1000)]
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>The answer ends before the first of these texts.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>Of what is drawn. Each prompt draws from its own numbers, so that it gives the same alone and among others.</summary>
    public int Seed { get; init; }

    /// <summary>Prompts go through the model together up to so many tokens; one that is longer goes alone.</summary>
    [Range(1, int.MaxValue)]
    public int BatchTokens { get; init; } = 16384;

    /// <exception cref="UserErrorException">An option is out of its range, or two contradict each other.</exception>
    internal void Validate()
    {
        var problem = MaxNewTokens < 1 ? $"max new tokens {MaxNewTokens}: must be at least 1"
            : !(Temperature is >= 0 and <= 1000) ? $"temperature {Temperature}: must be 0 to 1000"
            : TopP is { } p && !(p is >= 0 and <= 1) ? $"top-p {p}: must be 0 to 1"
            : TopK < 1 ? $"top-k {TopK}: must be at least 1"
            : Beams is < 1 or > 256 ? $"beams {Beams}: must be 1 to 256"
            : Beams > 1 && Temperature > 0
                ? $"beams {Beams} with temperature {Temperature}: beams follow the likeliest answers. Use one of both"
            : !(LengthPenalty is >= 0 and <= 10) ? $"length penalty {LengthPenalty}: must be 0 to 10"
            : !(RepetitionPenalty is >= 1 and <= 1000) ? $"repetition penalty {RepetitionPenalty}: must be 1 to 1000"
            : BatchTokens < 1 ? $"batch tokens {BatchTokens}: must be at least 1"
            : StopSequences.Any(string.IsNullOrEmpty) ? "stop sequence: is empty, which would end every answer at once"
            : null;
        if (problem is not null)
        {
            throw new UserErrorException($"{problem}.");
        }
    }
}
