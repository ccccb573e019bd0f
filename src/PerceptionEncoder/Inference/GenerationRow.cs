namespace PerceptionEncoder.Inference;

/// <summary>One answer in the making.</summary>
/// <param name="prompt">Index of its prompt.</param>
/// <param name="ids">The prompt's tokens.</param>
/// <param name="maxNewTokens">Tokens it may have.</param>
/// <param name="options">How tokens are chosen.</param>
internal sealed class GenerationRow(int prompt, IReadOnlyList<int> ids, int maxNewTokens, GenerationOptions options)
{
    private readonly Random random = new(options.Seed);
    private readonly HashSet<int> seen = options.RepetitionPenalty == 1 ? [] : [.. ids];
    private readonly List<int> added = [];
    private double logProbability;

    /// <summary>Index of its prompt.</summary>
    public int Prompt => prompt;

    /// <summary>Tokens it may have.</summary>
    public int MaxNewTokens => maxNewTokens;

    /// <summary>Whether it has as many tokens as it may.</summary>
    public bool IsFull => added.Count >= maxNewTokens;

    /// <summary>The whole; null until <see cref="Finish"/>.</summary>
    public GeneratedTokens? Answer { get; private set; }

    /// <summary>The next token by its scores, which are changed where repetition costs.</summary>
    public int Choose(Span<float> logits)
    {
        var plain = options.RepetitionPenalty == 1 ? logits : logits.ToArray();
        if (options.RepetitionPenalty != 1)
        {
            TokenSampler.Penalize(logits, seen, options.RepetitionPenalty);
        }

        var token = options.Temperature == 0 ? TokenSampler.Best(logits) : TokenSampler.Draw(logits, options, random.NextDouble());
        logProbability += TokenSampler.LogProbability(plain, token);
        return token;
    }

    /// <summary>Takes a token in; whether whoever listens wants no more.</summary>
    public bool Add(int token, Func<int, int, bool>? took)
    {
        added.Add(token);
        if (options.RepetitionPenalty != 1)
        {
            seen.Add(token);
        }

        return took?.Invoke(prompt, token) == true;
    }

    /// <summary>Ends the answer.</summary>
    public void Finish(GenerationEnd end) => Answer = new GeneratedTokens(added, end, logProbability);
}
