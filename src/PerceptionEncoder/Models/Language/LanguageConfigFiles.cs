using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Language;

/// <summary>
/// The shape of a published model, which its tensors do not tell alone: from <c>config.json</c> or <c>params.json</c> beside the weights.
/// </summary>
internal static class LanguageConfigFiles
{
    /// <summary>Hugging Face's.</summary>
    public const string HuggingFaceName = "config.json";

    /// <summary>Meta's.</summary>
    public const string MetaName = "params.json";

    /// <summary>The shape of the model in a file.</summary>
    /// <exception cref="UserErrorException">There is no config, or it is of another kind of model.</exception>
    public static LanguageModelOptions Find(PublishedTensorFile weights)
        => Sources(weights).FirstOrDefault() is { } config
            ? config.IsMeta ? MetaConfig.Read(config.Fields, weights) : HuggingFaceConfig.Read(config.Fields, weights)
            : throw Untold(weights);

    /// <summary>Channels of a head of the model in a file.</summary>
    /// <exception cref="UserErrorException">There is no config, or it does not say.</exception>
    public static int HeadSizeOf(TensorFile weights)
        => weights.Metadata.TryGetValue(ModelArchitecture.MetadataKey, out var own)
            ? LanguageArchitecture.Read(own).Options.Decoder.HeadSize
            : Sources(weights).FirstOrDefault() is not { } config ? throw Untold(weights)
            : config.IsMeta ? MetaConfig.HeadSize(config.Fields)
            : HuggingFaceConfig.HeadSize(config.Fields);

    /// <summary>The vision tower of a file, by its tensors; null where there is none.</summary>
    internal static VisionOptions? TowerOf(PublishedTensorFile weights)
        => weights.Entries.ContainsKey(LanguageTensors.Tower + "conv1.weight") && weights.As(ClipLayouts.All) is { } tower
            ? ArchitectureDetection.Of(tower).Vision
            : null;

    /// <summary>What the file itself says, then what lies beside it.</summary>
    private static IEnumerable<(ConfigFields Fields, bool IsMeta)?> Sources(TensorFile weights)
    {
        if (weights.Metadata.TryGetValue(LlamaBinFile.ParametersKey, out var own))
        {
            yield return (ConfigFields.Parse(weights.Path, own), true);
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(weights.Path))!;
        foreach (var name in new[] { HuggingFaceName, MetaName })
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                yield return (ConfigFields.Read(path), name == MetaName);
            }
        }
    }

    private static UserErrorException Untold(TensorFile weights)
        => new($"{weights.Path}: neither its metadata nor a {HuggingFaceName} or {MetaName} beside it says how many heads it has. "
            + $"Copy the model's {HuggingFaceName} beside it.");
}
