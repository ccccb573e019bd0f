using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Contrastive models and their vision towers: PE-Core, PE-Lang's and PE-Spatial's towers.</summary>
public sealed class ClipFamily : ModelFamily
{
    private ClipFamily()
    {
    }

    /// <summary>The family.</summary>
    public static ClipFamily Instance { get; } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NameMap> Layouts => ClipLayouts.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> LayoutNames { get; } =
        [.. new[] { ClipLayouts.Meta, ClipLayouts.Timm, ClipLayouts.HuggingFace, ClipLayouts.OpenClip }.Select(layout => layout.Name)];

    /// <inheritdoc/>
    public override ClipArchitecture Read(string json) => ClipArchitecture.Read(json);

    /// <inheritdoc/>
    protected override ClipArchitecture OfTensors(TensorFile weights) => ArchitectureDetection.Of(weights);
}
