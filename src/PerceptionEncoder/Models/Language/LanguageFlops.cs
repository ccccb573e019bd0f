namespace PerceptionEncoder.Models.Language;

/// <summary>
/// Floating-point operations of the matrix products that a decoder performs, two for each multiply-add. Norms, activations, softmax and
/// rotations are left out, as is usual.
/// </summary>
internal static class LanguageFlops
{
    // N tokens · D width · M hidden width · H query heads · K key and value heads · h head size

    /// <summary>One row forward through the blocks.</summary>
    /// <param name="options">The decoder.</param>
    /// <param name="tokens">New tokens of the row.</param>
    /// <param name="before">Tokens in the cache.</param>
    /// <param name="scored">Tokens whose scores of the whole vocabulary are computed.</param>
    public static double Forward(DecoderOptions options, double tokens, double before, double scored)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.Layers * tokens * (2 * BlockWeights(options) + (4 * (tokens + before) * options.Heads * options.HeadSize)))
            + (2 * scored * options.Width * options.VocabularySize);
    }

    /// <summary>Numbers that are read for one more token: the blocks' matrices and the head.</summary>
    public static double Weights(DecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.Layers * BlockWeights(options)) + ((double)options.Width * options.VocabularySize);
    }

    /// <summary>Inputs and outputs of a block's products, in their order.</summary>
    public static (long Inputs, long Outputs)[] Products(DecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long width = options.Width, queries = (long)options.Heads * options.HeadSize, hidden = options.FeedForwardWidth;
        var shared = (long)options.KeyValueHeads * options.HeadSize;
        return [(width, queries), (width, shared), (width, shared), (queries, width), (width, hidden), (width, hidden), (hidden, width)];
    }

    private static double BlockWeights(DecoderOptions options)
        => Products(options).Sum(product => (double)product.Inputs * product.Outputs);
}
