using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>The weights that alignment starts from: an encoder's and a language model's, each from its own file.</summary>
internal static class AlignedWeights
{
    /// <summary>Fills what has a checkpoint; the rest stays as it was drawn.</summary>
    /// <param name="model">Of the first stage.</param>
    /// <param name="options">Names the checkpoints.</param>
    /// <param name="log">The run's.</param>
    /// <exception cref="UserErrorException">A checkpoint is missing, or of another shape than the config says.</exception>
    public static void Load(LanguageModel model, AlignedModelOptions options, ILogger log)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (options.Encoder.Checkpoint is { } encoder)
        {
            LoadEncoder(model, options.Encoder, encoder, log);
        }

        if (options.Decoder.Checkpoint is { } decoder)
        {
            using var weights = ModelWeights.Open(decoder);
            Say(log, "Decoder", weights);
            using var loaded = weights.Load(new LanguageArchitecture(new LanguageModelOptions
            {
                Decoder = weights.ArchitectureAs<LanguageArchitecture>("language model").Options.Decoder,
            }));
            var own = model.state_dict();
            foreach (var (name, tensor) in loaded.state_dict())
            {
                own[name].copy_(tensor);
            }
        }
    }

    /// <summary>
    /// The blocks that are kept, and LayerScale beside them: what it multiplies is divided by its value, so that the tower gives the
    /// features it gave before.
    /// </summary>
    private static void LoadEncoder(LanguageModel model, AlignedEncoderOptions options, string path, ILogger log)
    {
        using var weights = ModelWeights.Open(path);
        Say(log, "Encoder", weights);
        var whole = weights.ArchitectureAs<ClipArchitecture>("contrastive model or its vision tower").VisionAlone;
        using var tower = weights.Load(whole);
        var (from, target) = (tower.state_dict(), model.VisionModel!.state_dict());
        var carried = new ClipArchitecture(model.VisionModel.Options, null);
        foreach (var (name, tensor) in target.Where(entry => from.ContainsKey(entry.Key)))
        {
            carried.Carry(ClipTensors.VisionPrefix + name, from[name], tensor);
        }

        if (whole.Vision.LayerScale is null && options.LayerScale is { } scale)
        {
            foreach (var (name, tensor) in target.Where(entry => IsBehindBranch(entry.Key)))
            {
                tensor.div_(scale);
            }
        }
    }

    /// <summary>The last product of each residual branch.</summary>
    private static bool IsBehindBranch(string name)
        => name.Contains(".attn.out_proj.", StringComparison.Ordinal) || name.Contains(".mlp.c_proj.", StringComparison.Ordinal);

    private static void Say(ILogger log, string part, ModelWeights weights)
    {
        log.Information("{Part:l}: {Path}{Kind:l}", part, weights.Path, WeightsLocation.KindInBrackets(weights.Path));
        if (weights.Tensors.Origin is { } origin)
        {
            log.Information("{Path}: read from {Origin:l}", weights.Path, origin);
        }
    }
}
