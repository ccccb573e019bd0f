namespace PerceptionEncoder.Models.Language;

/// <summary>Shapes of published decoders by name, as their own config files state them.</summary>
public static class DecoderPresets
{
    private static readonly RopeScalingOptions Llama32
        = new() { Factor = 32, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalContext = 8192 };

    private static readonly DecoderOptions Llama = new() { ContextLength = 131072, RopeTheta = 500_000, RopeScaling = Llama32 };

    private static readonly DecoderOptions Qwen = new()
    {
        VocabularySize = 151936, ContextLength = 32768, RopeTheta = 1_000_000, NormEps = 1e-6, QkvBias = true,
    };

    private static readonly Dictionary<string, DecoderOptions> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Llama-3.2-1B"] = Llama,
        ["Llama-3.2-3B"] = Llama with { Width = 3072, Layers = 28, Heads = 24 },
        ["Llama-3.1-8B"] = Llama with
        {
            Width = 4096, Layers = 32, FeedForwardWidth = 14336, TiedHead = false, RopeScaling = Llama32 with { Factor = 8 },
        },
        ["Qwen2.5-0.5B"] = Qwen with { Width = 896, Layers = 24, Heads = 14, KeyValueHeads = 2, FeedForwardWidth = 4864 },
        ["Qwen2.5-1.5B"] = Qwen with { Width = 1536, Layers = 28, Heads = 12, KeyValueHeads = 2, FeedForwardWidth = 8960 },
        ["Qwen2.5-3B"] = Qwen with { Width = 2048, Layers = 36, Heads = 16, KeyValueHeads = 2, FeedForwardWidth = 11008 },
        ["Qwen2.5-7B"] = Qwen with
        {
            VocabularySize = 152064, Width = 3584, Layers = 28, Heads = 28, KeyValueHeads = 4, FeedForwardWidth = 18944, TiedHead = false,
        },
    };

    /// <summary>Published names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Keys];

    /// <summary>The shape of a published decoder.</summary>
    /// <param name="name">Published name, in any case.</param>
    /// <exception cref="UserErrorException">There is none of that name; lists the names.</exception>
    public static DecoderOptions Find(string name)
        => Table.GetValueOrDefault(name)
            ?? throw new UserErrorException($"model.decoder.preset: there is no '{name}'. Choose one of {string.Join(", ", Names)}.");
}
