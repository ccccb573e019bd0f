using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>
/// An ablation of a recipe, such as that of pretraining [2.1, Fig. 2, Tab. 26]: one base config, and what each step changes.
/// </summary>
public sealed record AblationConfig
{
    /// <summary>Name of the folder of all its runs, its table and its chart.</summary>
    [RegularExpression(FolderName.Pattern, ErrorMessage = FolderName.Problem)]
    public required string Name { get; init; }

    /// <summary>Folder that holds it, relative to the working directory.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>The recipe that <see cref="Base"/> is a config of.</summary>
    public AblatedRecipe Recipe { get; init; } = AblatedRecipe.Pretrain;

    /// <summary>The config that all steps start from, relative to this file.</summary>
    public required string Base { get; init; }

    /// <summary>The steps in order.</summary>
    [MinLength(1, ErrorMessage = "give at least one step")]
    public required IReadOnlyList<AblationStep> Steps { get; init; }

    /// <summary>Each step keeps the changes of those before it, as in the paper; else each stands alone on the base.</summary>
    public bool Cumulative { get; init; } = true;

    /// <summary>Each step is trained once for each seed; the table has means.</summary>
    [MinLength(1, ErrorMessage = "give at least one seed")]
    public IReadOnlyList<ulong> Seeds { get; init; } = [17];

    /// <summary>The metric of the first column, as <c>SET/METRIC</c> of the base's evaluation sets.</summary>
    [RegularExpression("[^/]+/.+", ErrorMessage = "must be SET/METRIC, such as cifar10/acc1")]
    public required string Accuracy { get; init; }

    /// <summary>Metrics whose mean is the robustness column, as <c>SET/METRIC</c>.</summary>
    public IReadOnlyList<string> Robustness { get; init; } = [];

    /// <summary>Further metrics, a column each, as <c>SET/METRIC</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var (name, metrics) in new[] { ("robustness", Robustness), ("metrics", Metrics) })
        {
            foreach (var (i, metric) in metrics.Index())
            {
                if (metric.Split('/', 2) is not [{ Length: > 0 }, { Length: > 0 }])
                {
                    yield return ($"{name}[{i}]", "must be SET/METRIC, such as blur/acc1");
                }
            }
        }
    }
}
