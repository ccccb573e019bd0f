using PerceptionEncoder.Serialization.NameMaps;
using static PerceptionEncoder.Serialization.NameMaps.Rearrangement;

namespace PerceptionEncoder.Models.Clip;

/// <summary>The layouts that contrastive models and their vision towers are published in: one table each.</summary>
public static class ClipLayouts
{
    private const string TextTensors = "token_embedding.weight|positional_embedding|transformer.resblocks.{rest}|ln_final.{p}|"
        + "text_projection";

    /// <summary>Meta's state dict of both towers: the names of our own modules.</summary>
    public static NameMap Meta { get; } = new("meta", "Meta, both towers", "visual.conv1.weight",
    [
        new("{rest}", "{rest}"),
    ]);

    /// <summary>Meta's state dict of a vision tower alone.</summary>
    public static NameMap MetaVision { get; } = new("meta-vision", "Meta, vision tower alone", "conv1.weight",
    [
        new("visual.{rest}", "{rest}"),
    ]);

    /// <summary>timm's <c>vit_pe_*</c> models, which are of its EVA class.</summary>
    /// <remarks>pytorch-image-models, timm/models/eva.py, Apache-2.0: names only.</remarks>
    public static NameMap Timm { get; } = new("timm", "timm vit_pe_*", "patch_embed.proj.weight", TimmRules(""), zeroBias: "head.bias");

    /// <summary>The vision tower inside Hugging Face's PerceptionLM, which is timm's under a prefix.</summary>
    public static NameMap HuggingFace { get; } = new(
        "hf",
        "Hugging Face PerceptionLM vision tower",
        "model.vision_tower.timm_model.patch_embed.proj.weight",
        TimmRules("model.vision_tower.timm_model."),
        ["model.language_model.", "model.multi_modal_projector.", "lm_head."],
        "model.vision_tower.timm_model.head.bias");

    /// <summary>open_clip's <c>PE-Core-*</c>: timm's vision tower as the trunk, and its own text tower.</summary>
    public static NameMap OpenClip { get; } = new("open_clip", "open_clip PE-Core-*", "visual.trunk.patch_embed.proj.weight",
    [
        .. TimmRules("visual.trunk."),
        .. TextTensors.Split('|').Select(name => new NameRule(name, "text." + name)),
        new("logit_scale", "logit_scale"),
    ], zeroBias: "visual.trunk.head.bias");

    /// <summary>Every layout.</summary>
    public static IReadOnlyList<NameMap> All { get; } = [OpenClip, HuggingFace, Timm, Meta, MetaVision];

    /// <summary>timm's names under a prefix.</summary>
    /// <param name="prefix">Before timm's names.</param>
    /// <param name="tower">Before the published names.</param>
    internal static NameRule[] TimmRules(string prefix, string tower = "visual.") =>
    [
        new(tower + "conv1.weight", prefix + "patch_embed.proj.weight"),
        new(tower + "class_embedding", prefix + "cls_token", TwoLeadingDimensions),
        new(tower + "positional_embedding", prefix + "pos_embed", OneLeadingDimension),
        new(tower + "ln_pre.{p}", prefix + "norm_pre.{p}"),
        new(tower + "transformer.resblocks.{n}.ln_1.{p}", prefix + "blocks.{n}.norm1.{p}"),
        new(tower + "transformer.resblocks.{n}.attn.in_proj_{p}", prefix + "blocks.{n}.attn.qkv.{p}"),
        new(tower + "transformer.resblocks.{n}.attn.out_proj.{p}", prefix + "blocks.{n}.attn.proj.{p}"),
        new(tower + "transformer.resblocks.{n}.ls_1.gamma", prefix + "blocks.{n}.gamma_1"),
        new(tower + "transformer.resblocks.{n}.ln_2.{p}", prefix + "blocks.{n}.norm2.{p}"),
        new(tower + "transformer.resblocks.{n}.mlp.c_fc.{p}", prefix + "blocks.{n}.mlp.fc1.{p}"),
        new(tower + "transformer.resblocks.{n}.mlp.c_proj.{p}", prefix + "blocks.{n}.mlp.fc2.{p}"),
        new(tower + "transformer.resblocks.{n}.ls_2.gamma", prefix + "blocks.{n}.gamma_2"),
        new(tower + "ln_post.{p}", prefix + "norm.{p}"),
        new(tower + "attn_pool.probe", prefix + "attn_pool.latent"),
        new(tower + "attn_pool.attn.in_proj_{p}", prefix + "attn_pool.{part}.{p}", QueryApart),
        new(tower + "attn_pool.attn.out_proj.{p}", prefix + "attn_pool.proj.{p}"),
        new(tower + "attn_pool.layernorm.{p}", prefix + "attn_pool.norm.{p}"),
        new(tower + "attn_pool.mlp.c_fc.{p}", prefix + "attn_pool.mlp.fc1.{p}"),
        new(tower + "attn_pool.mlp.c_proj.{p}", prefix + "attn_pool.mlp.fc2.{p}"),
        new(tower + "proj", prefix + "head.weight", Transposed),
    ];
}
