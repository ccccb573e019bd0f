using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Language;

/// <summary>Decoders of the Llama kind, alone or with a vision tower: Llama 3, Qwen 2.5, PLM.</summary>
public sealed class LanguageFamily : ModelFamily
{
    private LanguageFamily()
    {
    }

    /// <summary>The family.</summary>
    public static LanguageFamily Instance { get; } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NameMap> Layouts => LanguageLayouts.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> LayoutNames { get; } = [LanguageLayouts.Meta.Name, LanguageLayouts.HuggingFace.Name];

    /// <inheritdoc/>
    public override LanguageArchitecture Read(string json) => LanguageArchitecture.Read(json);

    /// <inheritdoc/>
    protected override LanguageArchitecture OfTensors(TensorFile weights)
        => new(LanguageConfigFiles.Find(weights as PublishedTensorFile
            ?? throw new ArgumentException("Not under published names.", nameof(weights))));
}
