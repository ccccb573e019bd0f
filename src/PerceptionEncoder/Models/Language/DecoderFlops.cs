namespace PerceptionEncoder.Models.Language;

/// <summary>
/// Floating-point operations of a decoder's matrix products, two for each multiply-add; counted as those of the towers are.
/// </summary>
internal static class DecoderFlops
{
    // n tokens · D width · h query heads of d channels · k key-value heads · M hidden width of the gated MLP

    /// <summary>One sequence forward, without the output layer.</summary>
    /// <param name="options">The decoder.</param>
    /// <param name="tokens">Of the sequence.</param>
    public static double Blocks(DecoderOptions options, double tokens)
    {
        double d = options.Width;
        double queries = (double)options.Heads * options.HeadSize;
        double keys = (double)options.KeyValueHeads * options.HeadSize;
        return options.Layers * ((4 * tokens * d * queries) + (4 * tokens * d * keys)
            + (6 * tokens * d * options.FeedForwardWidth) + (4 * tokens * tokens * queries));
    }

    /// <summary>The output layer for some tokens.</summary>
    /// <param name="options">The decoder.</param>
    /// <param name="tokens">That are asked for.</param>
    public static double Head(DecoderOptions options, double tokens) => 2 * tokens * options.Width * options.VocabularySize;
}
