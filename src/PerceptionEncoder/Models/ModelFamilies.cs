using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models;

/// <summary>Every kind of model that can be read, written and trained: the one list to which a new family is added.</summary>
public static class ModelFamilies
{
    /// <summary>
    /// The families, in the order in which a file is compared with their layouts: one that holds a tower within a larger model comes first.
    /// </summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [LanguageFamily.Instance, SegmentationFamily.Instance, ClipFamily.Instance];

    /// <summary>The layouts of all families.</summary>
    public static IReadOnlyList<NameMap> Layouts { get; } = [.. All.SelectMany(family => family.Layouts)];

    /// <summary>Names that models can be written under.</summary>
    public static IReadOnlyList<string> LayoutNames { get; } = [.. All.SelectMany(family => family.LayoutNames).Distinct()];

    /// <summary>The family of an opened file.</summary>
    public static ModelFamily Of(PublishedTensorFile weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return All.First(family => family.Layouts.Contains(weights.Layout));
    }

    /// <summary>Opens a weights file of any family and layout.</summary>
    /// <param name="path">A weights file, an index, a folder that holds one, or a run folder (its latest checkpoint).</param>
    /// <exception cref="UserErrorException">Nothing usable is there, or its names are of no known layout.</exception>
    public static PublishedTensorFile Open(string path) => PublishedTensorFile.Open(WeightsLocation.Find(path), Layouts);
}
