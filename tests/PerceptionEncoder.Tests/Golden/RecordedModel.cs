using System.Text.Json;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Reads the published implementation's configuration and weights out of a recording.</summary>
internal static class RecordedModel
{
    private const string Weights = "weights/";

    public static VisionOptions Vision(JsonElement config)
    {
        var defaults = new VisionOptions();
        return new VisionOptions
        {
            Width = config.GetProperty("width").GetInt32(),
            Layers = config.GetProperty("layers").GetInt32(),
            Heads = config.GetProperty("heads").GetInt32(),
            MlpRatio = config.GetProperty("mlp_ratio").GetDouble(),
            PatchSize = config.GetProperty("patch_size").GetInt32(),
            ImageSize = config.GetProperty("image_size").GetInt32(),
            UseClassToken = Flag("use_cls_token", false),
            UseAbsolutePositions = Flag("use_abs_posemb", true),
            UseRope2D = Flag("use_rope2d", true),
            UseLnPre = Flag("use_ln_pre", true),
            UseLnPost = Flag("use_ln_post", true),
            LayerScale = config.TryGetProperty("ls_init_value", out var scale) && scale.ValueKind != JsonValueKind.Null
                ? scale.GetDouble()
                : null,
            OutputDim = config.GetProperty("output_dim").ValueKind == JsonValueKind.Null
                ? null
                : config.GetProperty("output_dim").GetInt32(),
            PoolingHeads = config.TryGetProperty("attn_pooler_heads", out var heads) ? heads.GetInt32() : defaults.PoolingHeads,
            Pooling = config.GetProperty("pool_type").GetString() switch
            {
                "attn" => Pooling.Attention,
                "tok" => Pooling.Token,
                "avg" => Pooling.Average,
                "none" => Pooling.None,
                var other => throw new InvalidDataException($"unknown pool_type {other}"),
            },
        };

        bool Flag(string name, bool published) => config.TryGetProperty(name, out var flag) ? flag.GetBoolean() : published;
    }

    public static ClipOptions Clip(JsonElement config)
    {
        var text = config.GetProperty("text");
        return new ClipOptions
        {
            Vision = Vision(config.GetProperty("vision")),
            Text = new TextOptions
            {
                ContextLength = text.GetProperty("context_length").GetInt32(),
                VocabularySize = text.GetProperty("vocab_size").GetInt32(),
                Width = text.GetProperty("width").GetInt32(),
                Layers = text.GetProperty("layers").GetInt32(),
                Heads = text.GetProperty("heads").GetInt32(),
                MlpRatio = text.GetProperty("mlp_ratio").GetDouble(),
                OutputDim = text.GetProperty("output_dim").GetInt32(),
            },
        };
    }

    /// <summary>The recorded parameter names.</summary>
    public static IEnumerable<string> Names(SafetensorsFile file)
        => file.Entries.Keys.Where(name => name.StartsWith(Weights, StringComparison.Ordinal))
            .Select(name => name[Weights.Length..])
            .Order(StringComparer.Ordinal);

    /// <summary>Checks that both sides name the same parameters, and copies the values.</summary>
    public static T Load<T>(T model, SafetensorsFile file)
        where T : nn.Module
    {
        var state = model.state_dict();
        Assert.Equal(Names(file), state.Keys.Order(StringComparer.Ordinal));
        using var noGrad = no_grad();
        foreach (var (name, parameter) in state)
        {
            file.ReadInto(Weights + name, parameter);
        }

        model.eval();
        return model;
    }

    /// <summary>Every recorded tensor under a prefix, by the rest of its name.</summary>
    public static IEnumerable<(string Part, string Name)> Under(SafetensorsFile file, string prefix)
        => file.Entries.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => (name[prefix.Length..], name));
}
