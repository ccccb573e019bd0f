using PerceptionEncoder.Serialization.NameMaps;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>The layouts that segmentation models are published in.</summary>
public static class SegmentationLayouts
{
    /// <summary>
    /// Meta's state dict of SAM 2.1: the names of our own modules. What carries objects from frame to frame of a clip is passed over.
    /// </summary>
    public static NameMap Meta { get; } = new(
        "meta",
        "Meta, SAM 2.1",
        SegmentationTensors.Patches,
        [
            new("image_encoder.{rest}", "image_encoder.{rest}"),
            new("sam_prompt_encoder.{rest}", "sam_prompt_encoder.{rest}"),
            new("sam_mask_decoder.{rest}", "sam_mask_decoder.{rest}"),
            new("no_mem_embed", "no_mem_embed"),
        ],
        [
            "memory_attention.",
            "memory_encoder.",
            "mask_downsample.",
            "maskmem_tpos_enc",
            "no_mem_pos_enc",
            "no_obj_ptr",
            "no_obj_embed_spatial",
            "obj_ptr_proj.",
            "obj_ptr_tpos_proj.",
        ]);

    /// <summary>Every layout.</summary>
    public static IReadOnlyList<NameMap> All { get; } = [Meta];
}
