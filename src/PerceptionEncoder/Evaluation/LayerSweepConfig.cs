using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation.Dense.Correspondence;
using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Evaluation;

/// <summary>Every task at every layer of some checkpoints: where in the network the features for each task are.</summary>
public sealed record LayerSweepConfig
{
    /// <summary>Name of the folder of the table, the figure and the results.</summary>
    [RegularExpression(FolderName.Pattern, ErrorMessage = FolderName.Problem)]
    public required string Name { get; init; }

    /// <summary>Folder that holds it, relative to the working directory.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>The checkpoints; a task is normalised over all of them.</summary>
    public required IReadOnlyList<SweptModel> Models { get; init; }

    /// <summary>Layers, counted from 0; negative counts from the end. All where empty.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>Labelled sets and what is measured on them.</summary>
    public IReadOnlyList<SweptSet> Sets { get; init; } = [];

    /// <summary>Sets with a class for every pixel.</summary>
    public IReadOnlyList<SegmentationSetOptions> Segmentation { get; init; } = [];

    /// <summary>Sets with a depth for every pixel.</summary>
    public IReadOnlyList<DepthSetOptions> Depth { get; init; } = [];

    /// <summary>Sets of clips whose objects are followed.</summary>
    public IReadOnlyList<TrackingSetOptions> Tracking { get; init; } = [];

    /// <summary>Sets of pairs of pictures with key points.</summary>
    public IReadOnlyList<CorrespondenceSetOptions> Correspondence { get; init; } = [];

    /// <summary>Sets of questions about pictures.</summary>
    public IReadOnlyList<QuestionProbeOptions> Questions { get; init; } = [];

    /// <summary>How probes are trained.</summary>
    public ProbeOptions Probes { get; init; } = new();

    /// <summary>What nearest neighbours and the linear probe see.</summary>
    public ProbeFeature Feature { get; init; } = ProbeFeature.Mean;

    /// <summary>Arithmetic of the towers' matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Device and threads.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>Folder in which features are kept while probes are trained; null for the system's own for temporary files.</summary>
    public string? Cache { get; init; }

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Models.Count == 0)
        {
            yield return ("models", "give at least one checkpoint");
        }

        if (!SetNames.Any())
        {
            yield return ("", "give at least one set, in sets, segmentation, depth, tracking, correspondence or questions");
        }

        foreach (var (i, set) in Sets.Index().Where(entry => entry.Item.Tasks.Count == 0))
        {
            yield return ($"sets[{i}].tasks", $"give at least one task for {set.Set.Name}");
        }

        string[] models = [.. Models.Select(model => model.Name)];
        string[] sets = [.. SetNames];
        foreach (var name in models.Concat(sets).Where(name => name.AsSpan().IndexOfAny("/\\,\"") >= 0))
        {
            yield return ("", $"the name '{name}' becomes a file: leave out slashes, commas and quotes");
        }

        foreach (var name in Repeated(models).Concat(Repeated(sets)))
        {
            yield return ("", $"the name '{name}' is given twice");
        }
    }

    private IEnumerable<string> SetNames =>
    [
        .. Sets.Select(set => set.Set.Name), .. Segmentation.Select(set => set.Name), .. Depth.Select(set => set.Name),
        .. Tracking.Select(set => set.Name), .. Correspondence.Select(set => set.Name), .. Questions.Select(set => set.Name),
    ];

    private static IEnumerable<string> Repeated(string[] names)
        => names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key);
}
