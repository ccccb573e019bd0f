namespace PerceptionEncoder.Models.Language;

/// <summary>The shapes of published decoders by name.</summary>
public static class DecoderPresets
{
    private static readonly RopeScalingOptions Scaled32 = new();
    private static readonly RopeScalingOptions Scaled8 = new() { Factor = 8 };

    private static readonly Dictionary<string, DecoderOptions> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Llama-3.2-1B"] = new() { RopeScaling = Scaled32 },
        ["Llama-3.2-3B"] = new() { Width = 3072, Layers = 28, Heads = 24, RopeScaling = Scaled32 },
        ["Llama-3.1-8B"] = new() { Width = 4096, Layers = 32, FeedForwardWidth = 14336, TiedHead = false, RopeScaling = Scaled8 },
        ["Qwen2.5-0.5B"] = Qwen(896, 24, 14, 2, 4864, 151936, tied: true),
        ["Qwen2.5-1.5B"] = Qwen(1536, 28, 12, 2, 8960, 151936, tied: true),
        ["Qwen2.5-3B"] = Qwen(2048, 36, 16, 2, 11008, 151936, tied: true),
        ["Qwen2.5-7B"] = Qwen(3584, 28, 28, 4, 18944, 152064, tied: false),
    };

    /// <summary>Published names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Keys];

    /// <summary>The shape of a published decoder.</summary>
    /// <param name="name">Published name, in any case.</param>
    /// <exception cref="UserErrorException">There is no preset of that name; lists the names.</exception>
    public static DecoderOptions Find(string name)
        => Table.GetValueOrDefault(name)
            ?? throw new UserErrorException($"decoder preset: there is no '{name}'. Choose one of {string.Join(", ", Names)}.");

    /// <summary>The published decoder of a shape, whatever its context; null for none.</summary>
    public static string? Like(DecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Names.FirstOrDefault(name => Plain(Table[name]) == Plain(options));
    }

    private static DecoderOptions Plain(DecoderOptions options) => options with { ContextLength = 1, HeadDim = options.HeadSize };

    private static DecoderOptions Qwen(int width, int layers, int heads, int keyValueHeads, int hidden, int vocabulary, bool tied) => new()
    {
        VocabularySize = vocabulary,
        Width = width,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        FeedForwardWidth = hidden,
        ContextLength = 32768,
        RopeTheta = 1_000_000,
        NormEps = 1e-6,
        TiedHead = tied,
        QkvBias = true,
    };
}
