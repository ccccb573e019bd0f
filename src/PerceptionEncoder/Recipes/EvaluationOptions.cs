using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Recipes;

/// <summary>What is measured during training, and how often. The end of a run is always measured.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Steps between evaluations; null for at the end only.</summary>
    [Range(1L, long.MaxValue)]
    public long? Every { get; init; }

    /// <summary>The sets.</summary>
    public IReadOnlyList<EvaluationSetOptions> Sets { get; init; } = [];
}
