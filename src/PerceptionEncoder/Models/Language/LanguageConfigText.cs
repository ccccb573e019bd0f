using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Models.Language;

/// <summary>The config files that a published model has beside its weights, written for ours.</summary>
internal static class LanguageConfigText
{
    private const int ImageToken = 128002;
    private const int VideoToken = 128003;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Hugging Face's <c>config.json</c>: of PerceptionLM where there is a tower, else of Llama or Qwen 2.</summary>
    public static string HuggingFace(LanguageModelOptions options)
    {
        var decoder = Decoder(options.Decoder);
        if (options.Vision is not { } vision)
        {
            return decoder.ToJsonString(Indented);
        }

        return new JsonObject
        {
            ["architectures"] = new JsonArray("PerceptionLMForConditionalGeneration"),
            ["model_type"] = "perception_lm",
            ["image_token_id"] = ImageToken,
            ["video_token_id"] = VideoToken,
            ["projector_pooling_ratio"] = options.Projector.PoolingRatio,
            ["vision_use_cls_token"] = vision.UseClassToken,
            ["tie_word_embeddings"] = options.Decoder.TiedHead,
            ["text_config"] = decoder,
            ["vision_config"] = Tower(vision),
        }.ToJsonString(Indented);
    }

    /// <summary>Meta's <c>params.json</c>: of PLM where there is a tower, else of Llama.</summary>
    public static string Meta(LanguageModelOptions options)
    {
        var (decoder, config) = (options.Decoder, new JsonObject());
        config["dim"] = decoder.Width;
        config["n_layers"] = decoder.Layers;
        config["n_heads"] = decoder.Heads;
        config["n_kv_heads"] = decoder.KeyValueHeads;
        config["head_dim"] = decoder.HeadSize;
        config["vocab_size"] = decoder.VocabularySize;
        config["hidden_dim"] = decoder.FeedForwardWidth;
        config["norm_eps"] = decoder.NormEps;
        config["rope_theta"] = decoder.RopeTheta;
        config["weight_tying"] = decoder.TiedHead;
        config["max_seqlen"] = decoder.ContextLength;
        config["use_scaled_rope"] = decoder.RopeScaling is not null;
        if (decoder.RopeScaling is { } scaling)
        {
            config["rope_scale_factor"] = scaling.Factor;
            config["low_freq_factor"] = scaling.LowFrequencyFactor;
            config["high_freq_factor"] = scaling.HighFrequencyFactor;
            config["old_context_len"] = scaling.OriginalContext;
        }

        if (options.Vision is not { } vision)
        {
            return config.ToJsonString(Indented);
        }

        config["pooling_ratio"] = options.Projector.PoolingRatio;
        config["remove_vision_class_token"] = true;
        config["vision_model"] = new JsonObject
        {
            ["image_size"] = vision.ImageSize,
            ["patch_size"] = vision.PatchSize,
            ["width"] = vision.Width,
            ["layers"] = vision.Layers,
            ["heads"] = vision.Heads,
            ["mlp_ratio"] = vision.MlpRatio,
            ["use_cls_token"] = vision.UseClassToken,
            ["use_abs_posemb"] = vision.UseAbsolutePositions,
            ["use_rope2d"] = vision.UseRope2D,
            ["use_ln_pre"] = vision.UseLnPre,
            ["use_ln_post"] = vision.UseLnPost,
            ["ls_init_value"] = vision.LayerScale,
            ["drop_path"] = vision.DropPath,
            ["pool_type"] = "none",
        };
        return new JsonObject { ["model"] = config }.ToJsonString(Indented);
    }

    private static JsonObject Decoder(DecoderOptions options)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(options.QkvBias ? "Qwen2ForCausalLM" : "LlamaForCausalLM"),
            ["model_type"] = options.QkvBias ? "qwen2" : "llama",
            ["hidden_size"] = options.Width,
            ["intermediate_size"] = options.FeedForwardWidth,
            ["num_hidden_layers"] = options.Layers,
            ["num_attention_heads"] = options.Heads,
            ["num_key_value_heads"] = options.KeyValueHeads,
            ["head_dim"] = options.HeadSize,
            ["vocab_size"] = options.VocabularySize,
            ["max_position_embeddings"] = options.ContextLength,
            ["rms_norm_eps"] = options.NormEps,
            ["rope_theta"] = options.RopeTheta,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = options.TiedHead,
        };
        if (options.RopeScaling is { } scaling)
        {
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = scaling.Factor,
                ["low_freq_factor"] = scaling.LowFrequencyFactor,
                ["high_freq_factor"] = scaling.HighFrequencyFactor,
                ["original_max_position_embeddings"] = scaling.OriginalContext,
            };
        }

        return config;
    }

    /// <summary>timm's tower; of a shape that is not published only the arguments say what it is.</summary>
    private static JsonObject Tower(VisionOptions vision)
    {
        var grid = vision.ImageSize / vision.PatchSize;
        return new JsonObject
        {
            ["model_type"] = "timm_wrapper",
            ["architecture"] = vision.Width >= 1536 ? "vit_pe_core_gigantic_patch14_448" : "vit_pe_core_large_patch14_336",
            ["do_pooling"] = false,
            ["model_args"] = new JsonObject
            {
                ["embed_dim"] = vision.Width,
                ["depth"] = vision.Layers,
                ["num_heads"] = vision.Heads,
                ["img_size"] = new JsonArray(vision.ImageSize, vision.ImageSize),
                ["patch_size"] = vision.PatchSize,
                ["global_pool"] = "",
                ["use_post_transformer_norm"] = vision.UseLnPost,
                ["init_values"] = vision.LayerScale,
                ["ref_feat_shape"] = new JsonArray(grid, grid),
            },
        };
    }
}
