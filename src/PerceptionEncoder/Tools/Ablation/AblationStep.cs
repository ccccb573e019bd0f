using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>One row of an ablation: what it changes.</summary>
public sealed record AblationStep
{
    /// <summary>As the table shows it.</summary>
    [RegularExpression(FolderName.VisiblePattern, ErrorMessage = FolderName.VisibleProblem)]
    public required string Name { get; init; }

    /// <summary>Overrides of the base config, as <c>--set</c> takes them: <c>optimizer.type=lamb</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];
}
