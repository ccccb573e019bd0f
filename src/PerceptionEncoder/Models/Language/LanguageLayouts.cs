using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.NameMaps;
using static PerceptionEncoder.Serialization.NameMaps.Rearrangement;

namespace PerceptionEncoder.Models.Language;

/// <summary>The layouts that decoders and vision-language models are published in: one table each.</summary>
public static class LanguageLayouts
{
    /// <summary>The head, where it is a layer of its own.</summary>
    internal const string Head = "output.weight";

    /// <summary>Under this name PLM's state dict holds the table of embeddings again where it is the head too.</summary>
    internal const string TiedHead = "output.tied_module.weight";

    private const string Plm = "model.language_model.";

    /// <summary>Meta's state dict of Llama and of PLM: the names of our own modules.</summary>
    public static NameMap Meta { get; } = new(
        "meta",
        "Meta, language model",
        LanguageTensors.Words,
        [new("{rest}", "{rest}")],
        ["rope."],
        tiedCopies: [Head, TiedHead]);

    /// <summary>Hugging Face's decoders alone: Llama and Qwen 2.</summary>
    /// <remarks>transformers, models/llama and models/qwen2, Apache-2.0: names only.</remarks>
    public static NameMap HuggingFace { get; } = new(
        "hf",
        "Hugging Face decoder",
        "model.embed_tokens.weight",
        DecoderRules("model."),
        headSizeOf: LanguageConfigFiles.HeadSizeOf,
        tiedCopies: ["lm_head.weight"]);

    /// <summary>Hugging Face's PerceptionLM: timm's tower, the projector and a Llama.</summary>
    /// <remarks>transformers, models/perception_lm, Apache-2.0: names only.</remarks>
    public static NameMap PerceptionLm { get; } = new(
        "hf",
        "Hugging Face PerceptionLM",
        Plm + "embed_tokens.weight",
        [
            .. DecoderRules(Plm),
            new(LanguageTensors.Projector + "0.{p}", "model.multi_modal_projector.linear_1.{p}"),
            new(LanguageTensors.Projector + "2.{p}", "model.multi_modal_projector.linear_2.{p}"),
            .. ClipLayouts.TimmRules("model.vision_tower.timm_model.", LanguageTensors.Tower),
        ],
        headSizeOf: LanguageConfigFiles.HeadSizeOf,
        tiedCopies: ["lm_head.weight"]);

    /// <summary>Every layout.</summary>
    public static IReadOnlyList<NameMap> All { get; } = [PerceptionLm, HuggingFace, Meta];

    private static NameRule[] DecoderRules(string prefix) =>
    [
        new(LanguageTensors.Words, prefix + "embed_tokens.weight"),
        new("layers.{n}.attention_norm.weight", prefix + "layers.{n}.input_layernorm.weight"),
        new("layers.{n}.attention.wq.{p}", prefix + "layers.{n}.self_attn.q_proj.{p}", RotaryHalves),
        new("layers.{n}.attention.wk.{p}", prefix + "layers.{n}.self_attn.k_proj.{p}", RotaryHalves),
        new("layers.{n}.attention.wv.{p}", prefix + "layers.{n}.self_attn.v_proj.{p}"),
        new("layers.{n}.attention.wo.{p}", prefix + "layers.{n}.self_attn.o_proj.{p}"),
        new("layers.{n}.ffn_norm.weight", prefix + "layers.{n}.post_attention_layernorm.weight"),
        new("layers.{n}.feed_forward.w1.weight", prefix + "layers.{n}.mlp.gate_proj.weight"),
        new("layers.{n}.feed_forward.w2.weight", prefix + "layers.{n}.mlp.down_proj.weight"),
        new("layers.{n}.feed_forward.w3.weight", prefix + "layers.{n}.mlp.up_proj.weight"),
        new("norm.weight", prefix + "norm.weight"),
        new(Head, "lm_head.weight"),
    ];
}
