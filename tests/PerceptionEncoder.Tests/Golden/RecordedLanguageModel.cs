using System.Text.Json;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Reads a vision-language model's configuration and weights out of a recording.</summary>
internal static class RecordedLanguageModel
{
    /// <summary>The second copy of a tied table, which the published state dict has.</summary>
    private const string TiedCopy = "weights/output.tied_module.weight";

    public static LanguageModelOptions Options(JsonElement config)
    {
        var vision = config.GetProperty("vision_model");
        return new LanguageModelOptions
        {
            Vision = new VisionOptions
            {
                Width = vision.GetProperty("width").GetInt32(),
                Layers = vision.GetProperty("layers").GetInt32(),
                Heads = vision.GetProperty("heads").GetInt32(),
                MlpRatio = vision.GetProperty("mlp_ratio").GetDouble(),
                PatchSize = vision.GetProperty("patch_size").GetInt32(),
                ImageSize = vision.GetProperty("image_size").GetInt32(),
                UseClassToken = vision.GetProperty("use_cls_token").GetBoolean(),
                UseAbsolutePositions = vision.GetProperty("use_abs_posemb").GetBoolean(),
                UseLnPost = vision.GetProperty("use_ln_post").GetBoolean(),
                LayerScale = vision.TryGetProperty("ls_init_value", out var scale) && scale.ValueKind == JsonValueKind.Number
                    ? scale.GetDouble()
                    : null,
                Pooling = Pooling.None,
                OutputDim = null,
            },
            Projector = new ProjectorOptions { PoolingRatio = config.GetProperty("pooling_ratio").GetInt32() },
            Decoder = new DecoderOptions
            {
                VocabularySize = config.GetProperty("vocab_size").GetInt32(),
                Width = config.GetProperty("dim").GetInt32(),
                Layers = config.GetProperty("n_layers").GetInt32(),
                Heads = config.GetProperty("n_heads").GetInt32(),
                KeyValueHeads = config.GetProperty("n_kv_heads").GetInt32(),
                HeadDim = config.GetProperty("head_dim").GetInt32(),
                FeedForwardWidth = config.GetProperty("ffn_hidden").GetInt32(),
                ContextLength = config.GetProperty("max_seqlen").GetInt32(),
                RopeTheta = config.GetProperty("rope_theta").GetDouble(),
                RopeScaling = new RopeScalingOptions
                {
                    Factor = config.GetProperty("rope_scale_factor").GetDouble(),
                    LowFrequencyFactor = config.GetProperty("low_freq_factor").GetDouble(),
                    HighFrequencyFactor = config.GetProperty("high_freq_factor").GetDouble(),
                    OriginalContext = config.GetProperty("old_context_len").GetInt32(),
                },
                NormEps = config.GetProperty("norm_eps").GetDouble(),
                TiedHead = config.GetProperty("weight_tying").GetBoolean(),
            },
        };
    }

    public static LanguageModel Load(SafetensorsFile file)
    {
        var model = new LanguageModel(Options(GoldenFolder.Config(file)));
        var state = model.state_dict();
        Assert.Equal(
            RecordedModel.Names(file).Where(name => "weights/" + name != TiedCopy),
            state.Keys.Order(StringComparer.Ordinal));
        using var noGrad = no_grad();
        foreach (var (name, parameter) in state)
        {
            file.ReadInto("weights/" + name, parameter);
        }

        model.eval();
        return model;
    }
}
