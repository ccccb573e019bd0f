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
            using var weights = ModelWeights.Open(encoder);
            Say(log, "Encoder", weights);
            LoadEncoder(model.VisionModel!, options.Encoder.LayerScale, weights);
        }

        if (options.Decoder.Checkpoint is { } decoder)
        {
            using var weights = ModelWeights.Open(decoder);
            Say(log, "Decoder", weights);
            LoadDecoder(model, weights);
        }
    }

    /// <summary>Fills the student of spatial alignment where it has a checkpoint.</summary>
    /// <param name="student">Of the first stage.</param>
    /// <param name="options">Names the checkpoint.</param>
    /// <param name="log">The run's.</param>
    /// <exception cref="UserErrorException">The checkpoint is missing, or of another shape than the config says.</exception>
    public static void Load(VisionTransformer student, SpatialStudentOptions options, ILogger log)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (options.Checkpoint is { } checkpoint)
        {
            using var weights = ModelWeights.Open(checkpoint);
            Say(log, "Student", weights);
            LoadEncoder(student, options.LayerScale, weights);
        }
    }

    /// <summary>Tensor by tensor into the model: two whole decoders may not fit.</summary>
    internal static void LoadDecoder(LanguageModel model, ModelWeights weights)
    {
        var part = new LanguageArchitecture(new LanguageModelOptions { Decoder = model.Options.Decoder });
        weights.ArchitectureAs<LanguageArchitecture>("language model");
        weights.CheckFits(part);
        var own = model.state_dict();
        foreach (var (name, _) in part.Tensors())
        {
            weights.ReadInto(name, own[name], part);
        }
    }

    /// <summary>
    /// The blocks that are kept, and LayerScale beside them: what it multiplies is divided by its value, so that the tower gives the
    /// features it gave before.
    /// </summary>
    /// <param name="tower">Takes what it has in common with the file.</param>
    /// <param name="addedScale">LayerScale's value where the file has none; null where none is added.</param>
    /// <param name="weights">A contrastive model or a tower.</param>
    internal static void LoadEncoder(VisionTransformer tower, double? addedScale, ModelWeights weights)
    {
        var whole = weights.ArchitectureAs<ClipArchitecture>("contrastive model or its vision tower").VisionAlone;
        weights.CheckTensors(whole);
        var (stored, target) = (weights.Tensors.Entries, tower.state_dict());
        var kept = new ClipArchitecture(tower.Options, null);
        foreach (var (name, tensor) in target)
        {
            if (stored.ContainsKey(ClipTensors.VisionPrefix + name))
            {
                weights.ReadInto(ClipTensors.VisionPrefix + name, tensor, kept);
            }
        }

        if (whole.Vision.LayerScale is null && addedScale is { } scale)
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

    /// <summary>Where a part's weights are from.</summary>
    internal static void Say(ILogger log, string part, ModelWeights weights)
    {
        log.Information("{Part:l}: {Path}{Kind:l}", part, weights.Path, WeightsLocation.KindInBrackets(weights.Path));
        if (weights.Tensors.Origin is { } origin)
        {
            log.Information("{Path}: read from {Origin:l}", weights.Path, origin);
        }
    }
}
