using System.Text.Json;
using PerceptionEncoder.Models.Segmentation;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Reads a segmentation model's configuration out of a recording.</summary>
internal static class RecordedSegmentationModel
{
    public static SegmentationOptions Options(JsonElement config)
    {
        Assert.Equal(1, config.GetProperty("scalp").GetInt32());
        Assert.True(config.GetProperty("iou_prediction_use_sigmoid").GetBoolean());
        Assert.True(config.GetProperty("pred_obj_scores_mlp").GetBoolean());
        var stability = config.GetProperty("dynamic_multimask");
        return new SegmentationOptions
        {
            ImageSize = Number("image_size"),
            Width = Number("embed_dim"),
            Heads = Number("num_heads"),
            Stages = Numbers("stages"),
            GlobalBlocks = Numbers("global_att_blocks"),
            Windows = Numbers("window_spec"),
            PositionGrid = Numbers("window_pos_embed_bkg_spatial_size").Distinct().Single(),
            TopDownLevels = Numbers("fpn_top_down_levels"),
            FeatureWidth = Number("d_model"),
            DecoderLayers = Number("decoder_depth"),
            DecoderHeads = Number("decoder_heads"),
            DecoderHidden = Number("mlp_dim"),
            IouHidden = Number("iou_hidden"),
            StabilityDelta = stability.GetProperty("delta").GetDouble(),
            StabilityThreshold = stability.GetProperty("thresh").GetDouble(),
        };

        int Number(string name) => config.GetProperty(name).GetInt32();

        int[] Numbers(string name) => [.. config.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
    }
}
