namespace PerceptionEncoder.Inference;

/// <summary>Which prompts go through the model together.</summary>
internal static class PromptBatches
{
    /// <summary>Prompts in their order, as many as have no more tokens together than the limit; one that is longer goes alone.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="limit">Tokens.</param>
    /// <returns>Indices.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> ByTokens(IReadOnlyList<int> lengths, int limit)
    {
        List<IReadOnlyList<int>> batches = [];
        List<int> batch = [];
        var tokens = 0L;
        for (var i = 0; i < lengths.Count; i++)
        {
            if (batch.Count > 0 && tokens + lengths[i] > limit)
            {
                batches.Add(batch);
                (batch, tokens) = ([], 0);
            }

            batch.Add(i);
            tokens += lengths[i];
        }

        if (batch.Count > 0)
        {
            batches.Add(batch);
        }

        return batches;
    }
}
