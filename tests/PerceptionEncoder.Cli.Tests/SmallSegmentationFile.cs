using System.Text;
using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A checkpoint of SAM 2.1's names with random weights, some thousand numbers in all, that says its shape in its head.</summary>
internal static class SmallSegmentationFile
{
    private const int Width = 8;
    private const int Features = 16;
    private const int Hidden = 12;
    private const int Window = 4;

    private const string Architecture = """
        {"segmentation": {"image_size": 64, "width": 8, "heads": 1, "stages": [1, 1, 2, 1], "global_blocks": [3],
         "windows": [4, 4, 2, 1], "position_grid": 3, "top_down_levels": [2, 3], "feature_width": 16, "mask_prompt_width": 4,
         "decoder_layers": 2, "decoder_heads": 2, "decoder_hidden": 12, "iou_hidden": 12}}
        """;

    public static void Write(string path)
    {
        var header = new Dictionary<string, object>
        {
            ["__metadata__"] = new Dictionary<string, string> { ["architecture"] = Architecture },
        };
        var end = 0L;
        foreach (var (name, shape) in Tensors())
        {
            var start = end;
            end += 4 * shape.Aggregate(1L, (product, side) => product * side);
            header[name] = new Dictionary<string, object> { ["dtype"] = "F32", ["shape"] = shape, ["data_offsets"] = new[] { start, end } };
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padding = (8 - (json.Length % 8)) % 8;
        using var file = new BinaryWriter(File.Create(path));
        file.Write((ulong)(json.Length + padding));
        file.Write(json);
        file.Write(Encoding.ASCII.GetBytes(new string(' ', padding)));
        var random = new Random(5);
        for (var number = 0L; number < end / 4; number++)
        {
            file.Write((float)(random.NextDouble() - 0.5));
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Tensors() =>
    [
        ("image_encoder.trunk.pos_embed", [1, Width, 3, 3]),
        ("image_encoder.trunk.pos_embed_window", [1, Width, Window, Window]),
        .. Layer("image_encoder.trunk.patch_embed.proj", Width, 3, 7, 7),
        .. Block(0, Width, Width),
        .. Block(1, Width, 2 * Width),
        .. Block(2, 2 * Width, 4 * Width),
        .. Block(3, 4 * Width, 4 * Width),
        .. Block(4, 4 * Width, 8 * Width),
        .. Enumerable.Range(0, 4).SelectMany(i => Layer($"image_encoder.neck.convs.{i}.conv", Features, (8 * Width) >> i, 1, 1)),
        ("sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix", [2, Features / 2]),
        .. Enumerable.Range(0, 4).Select(i => ($"sam_prompt_encoder.point_embeddings.{i}.weight", new long[] { 1, Features })),
        ("sam_prompt_encoder.not_a_point_embed.weight", [1, Features]),
        ("sam_prompt_encoder.no_mask_embed.weight", [1, Features]),
        .. Layer("sam_prompt_encoder.mask_downscaling.0", 1, 1, 2, 2),
        .. Layer("sam_prompt_encoder.mask_downscaling.1", 1),
        .. Layer("sam_prompt_encoder.mask_downscaling.3", 4, 1, 2, 2),
        .. Layer("sam_prompt_encoder.mask_downscaling.4", 4),
        .. Layer("sam_prompt_encoder.mask_downscaling.6", Features, 4, 1, 1),
        .. Enumerable.Range(0, 2).SelectMany(i => Exchange($"sam_mask_decoder.transformer.layers.{i}.")),
        .. Attention("sam_mask_decoder.transformer.final_attn_token_to_image.", Features / 2),
        .. Layer("sam_mask_decoder.transformer.norm_final_attn", Features),
        ("sam_mask_decoder.obj_score_token.weight", [1, Features]),
        ("sam_mask_decoder.iou_token.weight", [1, Features]),
        ("sam_mask_decoder.mask_tokens.weight", [4, Features]),
        .. Layer("sam_mask_decoder.conv_s0", Features / 8, Features, 1, 1),
        .. Layer("sam_mask_decoder.conv_s1", Features / 4, Features, 1, 1),
        ("sam_mask_decoder.output_upscaling.0.weight", [Features, Features / 4, 2, 2]),
        ("sam_mask_decoder.output_upscaling.0.bias", [Features / 4]),
        .. Layer("sam_mask_decoder.output_upscaling.1", Features / 4),
        ("sam_mask_decoder.output_upscaling.3.weight", [Features / 4, Features / 8, 2, 2]),
        ("sam_mask_decoder.output_upscaling.3.bias", [Features / 8]),
        .. Enumerable.Range(0, 4)
            .SelectMany(i => Layers($"sam_mask_decoder.output_hypernetworks_mlps.{i}.", Features, Features, Features, 2)),
        .. Layers("sam_mask_decoder.iou_prediction_head.", Features, Hidden, Hidden, 4),
        .. Layers("sam_mask_decoder.pred_obj_score_head.", Features, Features, Features, 1),
        ("no_mem_embed", [1, 1, Features]),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Block(int index, long input, long output)
    {
        var prefix = $"image_encoder.trunk.blocks.{index}.";
        return
        [
            .. Layer(prefix + "norm1", input),
            .. Layer(prefix + "attn.qkv", 3 * output, input),
            .. Layer(prefix + "attn.proj", output, output),
            .. Layer(prefix + "norm2", output),
            .. Layers(prefix + "mlp.", output, 4 * output, output),
            .. input == output ? [] : Layer(prefix + "proj", output, input),
        ];
    }

    private static IEnumerable<(string Name, long[] Shape)> Exchange(string prefix) =>
    [
        .. Attention(prefix + "self_attn.", Features),
        .. Attention(prefix + "cross_attn_token_to_image.", Features / 2),
        .. Attention(prefix + "cross_attn_image_to_token.", Features / 2),
        .. Layers(prefix + "mlp.", Features, Hidden, Features),
        .. Enumerable.Range(1, 4).SelectMany(i => Layer($"{prefix}norm{i}", Features)),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Attention(string prefix, long inner) =>
    [
        .. Layer(prefix + "q_proj", inner, Features),
        .. Layer(prefix + "k_proj", inner, Features),
        .. Layer(prefix + "v_proj", inner, Features),
        .. Layer(prefix + "out_proj", Features, inner),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Layers(string prefix, params long[] widths)
        => Enumerable.Range(0, widths.Length - 1).SelectMany(i => Layer($"{prefix}layers.{i}", widths[i + 1], widths[i]));

    private static IEnumerable<(string Name, long[] Shape)> Layer(string name, params long[] shape)
        => [(name + ".weight", shape), (name + ".bias", [shape[0]])];
}
