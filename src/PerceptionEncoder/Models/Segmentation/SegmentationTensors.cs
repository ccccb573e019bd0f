namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Names and shapes of a model's tensors as published, from its options alone.</summary>
internal static class SegmentationTensors
{
    /// <summary>Before the names of the trunk.</summary>
    public const string Trunk = "image_encoder.trunk.";

    /// <summary>The projection of patches, by which the layout is told.</summary>
    public const string Patches = Trunk + "patch_embed.proj.weight";

    /// <summary>Before the names of the pyramid.</summary>
    public const string Neck = "image_encoder.neck.";

    /// <summary>Before the names of the prompt encoder.</summary>
    public const string Prompts = "sam_prompt_encoder.";

    /// <summary>Before the names of the mask decoder.</summary>
    public const string Decoder = "sam_mask_decoder.";

    // D channels of the levels

    /// <summary>Of the trunk and the pyramid.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Encoder(SegmentationOptions options)
    {
        const int last = SegmentationOptions.StageCount - 1;
        long width = options.Width, grid = options.PositionGrid, window = options.Windows[0], features = options.FeatureWidth;
        return
        [
            (Trunk + "pos_embed", [1, width, grid, grid]),
            (Trunk + "pos_embed_window", [1, width, window, window]),
            .. Weighted(Trunk + "patch_embed.proj", width, 3, 7, 7),
            .. options.Blocks().SelectMany((block, index) => Block($"{Trunk}blocks.{index}.", block)),
            .. Enumerable.Range(0, SegmentationOptions.StageCount)
                .SelectMany(level => Weighted($"{Neck}convs.{level}.conv", features, width << (last - level), 1, 1)),
        ];
    }

    /// <summary>Of the prompt encoder.</summary>
    public static IEnumerable<(string Name, long[] Shape)> PromptEncoder(SegmentationOptions options)
    {
        long features = options.FeatureWidth, hidden = options.MaskPromptWidth;
        return
        [
            (Prompts + "pe_layer.positional_encoding_gaussian_matrix", [2, features / 2]),
            .. Enumerable.Range(0, 4).Select(kind => ($"{Prompts}point_embeddings.{kind}.weight", new[] { 1, features })),
            (Prompts + "not_a_point_embed.weight", [1, features]),
            (Prompts + "no_mask_embed.weight", [1, features]),
            .. Weighted(Prompts + "mask_downscaling.0", hidden / 4, 1, 2, 2),
            .. Norm(Prompts + "mask_downscaling.1", hidden / 4),
            .. Weighted(Prompts + "mask_downscaling.3", hidden, hidden / 4, 2, 2),
            .. Norm(Prompts + "mask_downscaling.4", hidden),
            .. Weighted(Prompts + "mask_downscaling.6", features, hidden, 1, 1),
        ];
    }

    /// <summary>Of the mask decoder, and the embedding that stands for a memory that is not there.</summary>
    public static IEnumerable<(string Name, long[] Shape)> MaskDecoder(SegmentationOptions options)
    {
        long features = options.FeatureWidth, hidden = options.IouHidden;
        return
        [
            .. Enumerable.Range(0, options.DecoderLayers)
                .SelectMany(layer => Layer($"{Decoder}transformer.layers.{layer}.", features, options.DecoderHidden)),
            .. Attention(Decoder + "transformer.final_attn_token_to_image.", features, features / 2),
            .. Norm(Decoder + "transformer.norm_final_attn", features),
            (Decoder + "obj_score_token.weight", [1, features]),
            (Decoder + "iou_token.weight", [1, features]),
            (Decoder + "mask_tokens.weight", [SegmentationOptions.MaskTokens, features]),
            .. Weighted(Decoder + "conv_s0", features / 8, features, 1, 1),
            .. Weighted(Decoder + "conv_s1", features / 4, features, 1, 1),
            (Decoder + "output_upscaling.0.weight", [features, features / 4, 2, 2]),
            (Decoder + "output_upscaling.0.bias", [features / 4]),
            .. Norm(Decoder + "output_upscaling.1", features / 4),
            (Decoder + "output_upscaling.3.weight", [features / 4, features / 8, 2, 2]),
            (Decoder + "output_upscaling.3.bias", [features / 8]),
            .. Enumerable.Range(0, SegmentationOptions.MaskTokens)
                .SelectMany(mask
                    => Perceptron($"{Decoder}output_hypernetworks_mlps.{mask}.", [features, features, features, features / 8])),
            .. Perceptron(Decoder + "iou_prediction_head.", [features, hidden, hidden, SegmentationOptions.MaskTokens]),
            .. Perceptron(Decoder + "pred_obj_score_head.", [features, features, features, 1]),
            ("no_mem_embed", [1, 1, features]),
        ];
    }

    private static IEnumerable<(string Name, long[] Shape)> Block(string prefix, HieraBlockShape block) =>
    [
        .. Norm(prefix + "norm1", block.Input),
        .. Weighted(prefix + "attn.qkv", 3 * block.Output, block.Input),
        .. Weighted(prefix + "attn.proj", block.Output, block.Output),
        .. Norm(prefix + "norm2", block.Output),
        .. Perceptron(prefix + "mlp.", [block.Output, 4 * block.Output, block.Output]),
        .. block.Input == block.Output ? [] : Weighted(prefix + "proj", block.Output, block.Input),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Layer(string prefix, long features, long hidden) =>
    [
        .. Attention(prefix + "self_attn.", features, features),
        .. Norm(prefix + "norm1", features),
        .. Attention(prefix + "cross_attn_token_to_image.", features, features / 2),
        .. Norm(prefix + "norm2", features),
        .. Perceptron(prefix + "mlp.", [features, hidden, features]),
        .. Norm(prefix + "norm3", features),
        .. Attention(prefix + "cross_attn_image_to_token.", features, features / 2),
        .. Norm(prefix + "norm4", features),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Attention(string prefix, long features, long inner) =>
    [
        .. Weighted(prefix + "q_proj", inner, features),
        .. Weighted(prefix + "k_proj", inner, features),
        .. Weighted(prefix + "v_proj", inner, features),
        .. Weighted(prefix + "out_proj", features, inner),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Perceptron(string prefix, long[] widths)
        => Enumerable.Range(0, widths.Length - 1)
            .SelectMany(layer => Weighted($"{prefix}layers.{layer}", widths[layer + 1], widths[layer]));

    private static IEnumerable<(string Name, long[] Shape)> Weighted(string name, params long[] shape)
        => [(name + ".weight", shape), (name + ".bias", [shape[0]])];

    private static IEnumerable<(string Name, long[] Shape)> Norm(string name, long width) => Weighted(name, width);
}
