using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.NameMaps;

namespace PerceptionEncoder.Models.Language;

/// <summary>Meta's <c>params.json</c> of Llama, or of PLM, which has the same under <c>model</c>.</summary>
internal static class MetaConfig
{
    private const int DefaultContext = 8192;

    /// <exception cref="UserErrorException">It lacks what is needed, or disagrees with the tensors.</exception>
    public static LanguageModelOptions Read(ConfigFields file, PublishedTensorFile weights)
    {
        var config = file.Inner("model") ?? file;
        var (width, layers, heads) = (config.Whole("dim"), config.Whole("n_layers"), Heads(config));
        var vision = config.Inner("vision_model") is { } tower ? Tower(tower) : LanguageConfigFiles.TowerOf(weights);
        return new LanguageModelOptions
        {
            Decoder = new DecoderOptions
            {
                VocabularySize = Rows(weights, LanguageTensors.Words),
                Width = width,
                Layers = layers,
                Heads = heads,
                KeyValueHeads = config.FindWhole("n_kv_heads") ?? heads,
                HeadDim = config.FindWhole("head_dim") is { } size && (long)size * heads != width ? size : null,
                FeedForwardWidth = Rows(weights, "layers.0.feed_forward.w1.weight"),
                ContextLength = config.FindWhole("max_seqlen") ?? config.FindWhole("max_seq_len") ?? DefaultContext,
                RopeTheta = config.FindNumber("rope_theta") ?? 10_000,
                RopeScaling = Scaling(config, width),
                NormEps = config.FindNumber("norm_eps") ?? 1e-5,
                TiedHead = !weights.Entries.ContainsKey(LanguageLayouts.Head),
                QkvBias = weights.Entries.ContainsKey("layers.0.attention.wq.bias"),
            },
            Projector = vision is null ? new ProjectorOptions() : new ProjectorOptions
            {
                PoolingRatio = config.FindWhole("pooling_ratio") ?? 1,
                Kind = weights.Entries.ContainsKey(LanguageTensors.Projector + "2.weight") ? ProjectorKind.Mlp : ProjectorKind.Linear,
            },
            Vision = vision,
        };
    }

    /// <summary>Channels of a head.</summary>
    public static int HeadSize(ConfigFields file)
        => (file.Inner("model") ?? file) is var config && config.FindWhole("head_dim") is { } size ? size
            : config.Whole("dim") / Heads(config);

    private static int Heads(ConfigFields config)
        => config.Whole("n_heads") is > 0 and var heads ? heads
            : throw new UserErrorException($"{config.Path}: n_heads must be positive. Copy or download it again.");

    /// <summary>What the config's own arithmetic would give; the tensor says it without.</summary>
    private static int Rows(PublishedTensorFile weights, string name)
        => weights.Entries.TryGetValue(name, out var entry) && entry.Shape is [<= int.MaxValue and var rows, _] ? (int)rows
            : throw new UserErrorException($"{weights.Path}: has no matrix {name}. Name all the weights of one decoder.");

    /// <summary>Llama's own files do not say the factor: it is 32 in those of 3.2, which are small, and 8 in those of 3.1.</summary>
    private static RopeScalingOptions? Scaling(ConfigFields config, int width)
        => config.FindFlag("use_scaled_rope") ?? config.Has("rope_scale_factor")
            ? new RopeScalingOptions
            {
                Factor = config.FindNumber("rope_scale_factor") ?? (width < 4096 ? 32 : 8),
                LowFrequencyFactor = config.FindNumber("low_freq_factor") ?? 1,
                HighFrequencyFactor = config.FindNumber("high_freq_factor") ?? 4,
                OriginalContext = config.FindWhole("old_context_len") ?? 8192,
            }
            : null;

    private static VisionOptions Tower(ConfigFields tower) => new()
    {
        Width = tower.Whole("width"),
        Layers = tower.Whole("layers"),
        Heads = tower.Whole("heads"),
        MlpRatio = tower.FindNumber("mlp_ratio") ?? 4,
        PatchSize = tower.Whole("patch_size"),
        ImageSize = tower.Whole("image_size"),
        UseClassToken = tower.FindFlag("use_cls_token") ?? false,
        UseAbsolutePositions = tower.FindFlag("use_abs_posemb") ?? true,
        UseRope2D = tower.FindFlag("use_rope2d") ?? true,
        UseLnPre = tower.FindFlag("use_ln_pre") ?? true,
        UseLnPost = tower.FindFlag("use_ln_post") ?? true,
        LayerScale = tower.FindNumber("ls_init_value"),
        DropPath = tower.FindNumber("drop_path") ?? 0,
        Pooling = Pooling.None,
        OutputDim = null,
    };
}
