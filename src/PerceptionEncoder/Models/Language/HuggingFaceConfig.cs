using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.NameMaps;

namespace PerceptionEncoder.Models.Language;

/// <summary>Hugging Face's <c>config.json</c> of a decoder or of PerceptionLM.</summary>
internal static class HuggingFaceConfig
{
    private const string Plm = "perception_lm";
    private const string Llama = "llama";
    private const string Qwen = "qwen2";

    /// <exception cref="UserErrorException">It is of a kind of model that is not known, or says what no decoder here does.</exception>
    public static LanguageModelOptions Read(ConfigFields config, PublishedTensorFile weights)
    {
        var sees = Kind(config) == Plm;
        var text = sees ? Inner(config, "text_config") : config;
        var tied = config.FindFlag("tie_word_embeddings") ?? text.FindFlag("tie_word_embeddings");
        var options = new LanguageModelOptions
        {
            Decoder = Decoder(text) with { TiedHead = tied != false && !weights.Entries.ContainsKey(LanguageLayouts.Head) },
        };
        return !sees ? options : options with
        {
            Projector = new ProjectorOptions { PoolingRatio = config.FindWhole("projector_pooling_ratio") ?? 1 },
            Vision = LanguageConfigFiles.TowerOf(weights),
        };
    }

    /// <summary>Channels of a head.</summary>
    public static int HeadSize(ConfigFields config) => Decoder(Kind(config) == Plm ? Inner(config, "text_config") : config).HeadSize;

    private static string Kind(ConfigFields config)
    {
        var kind = config.Text("model_type");
        return kind is Llama or Qwen or Plm ? kind
            : throw new UserErrorException($"{config.Path}: the architecture {ShownText.Of(kind ?? "(no model_type)")} is not known; "
                + $"known are {Llama}, {Qwen} and {Plm}. Use a checkpoint of one of these.");
    }

    private static DecoderOptions Decoder(ConfigFields config)
    {
        var kind = config.Text("model_type") ?? Llama;
        Refuse(config, kind is not (Llama or Qwen), $"text_config is of {ShownText.Of(kind)}; known are {Llama} and {Qwen}");
        var activation = config.Text("hidden_act") ?? "silu";
        Refuse(config, activation != "silu", $"hidden_act is {ShownText.Of(activation)} and not silu");
        Refuse(config, kind == Llama && config.FindFlag("attention_bias") == true, "attention_bias is true");
        Refuse(config, config.FindFlag("mlp_bias") == true, "mlp_bias is true");
        Refuse(config, config.FindFlag("use_sliding_window") == true, "use_sliding_window is true");
        var rope = config.Inner("rope_parameters") ?? config.Inner("rope_scaling");
        var heads = config.Whole("num_attention_heads");
        var (width, headDim) = (config.Whole("hidden_size"), config.FindWhole("head_dim"));
        Refuse(config, width <= 0 || heads <= 0 || headDim <= 0, "hidden_size, num_attention_heads and head_dim must be positive");
        return new DecoderOptions
        {
            VocabularySize = config.Whole("vocab_size"),
            Width = width,
            Layers = config.Whole("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = config.FindWhole("num_key_value_heads") ?? heads,
            HeadDim = headDim is { } size && size * heads != width ? size : null,
            FeedForwardWidth = config.Whole("intermediate_size"),
            ContextLength = config.FindWhole("max_position_embeddings") ?? 2048,
            RopeTheta = config.FindNumber("rope_theta") ?? rope?.FindNumber("rope_theta") ?? 10_000,
            RopeScaling = rope is null ? null : Scaling(rope),
            NormEps = config.FindNumber("rms_norm_eps") ?? 1e-6,
            QkvBias = kind == Qwen,
        };
    }

    private static RopeScalingOptions? Scaling(ConfigFields rope)
    {
        var kind = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        Refuse(rope, kind is not ("default" or "llama3"), $"rope_scaling {ShownText.Of(kind)} is not known; known are default and llama3");
        return kind == "default" ? null : new RopeScalingOptions
        {
            Factor = rope.FindNumber("factor") ?? 8,
            LowFrequencyFactor = rope.FindNumber("low_freq_factor") ?? 1,
            HighFrequencyFactor = rope.FindNumber("high_freq_factor") ?? 4,
            OriginalContext = rope.FindWhole("original_max_position_embeddings") ?? 8192,
        };
    }

    private static ConfigFields Inner(ConfigFields config, string key)
        => config.Inner(key) ?? throw new UserErrorException($"{config.Path}: has no {key}. Copy or download the config again.");

    private static void Refuse(ConfigFields config, bool holds, string what)
    {
        if (holds)
        {
            throw new UserErrorException($"{config.Path}: {what}, which no model here has. Use a checkpoint of Llama 3, Qwen 2.5 or PLM.");
        }
    }
}
