using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Promptable segmentation models: SAM 2.1, its image path.</summary>
public sealed class SegmentationFamily : ModelFamily
{
    private SegmentationFamily()
    {
    }

    /// <summary>The family.</summary>
    public static SegmentationFamily Instance { get; } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NameMap> Layouts => SegmentationLayouts.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> LayoutNames { get; } = [SegmentationLayouts.Meta.Name];

    /// <inheritdoc/>
    public override SegmentationArchitecture Read(string json) => SegmentationArchitecture.Read(json);

    /// <inheritdoc/>
    protected override SegmentationArchitecture OfTensors(TensorFile weights) => new(SegmentationDetection.Of(weights));
}
