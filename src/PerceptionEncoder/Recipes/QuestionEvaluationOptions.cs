using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Recipes;

/// <summary>What is measured while a language model learns to see, and how often. The end of a run is always measured.</summary>
public sealed record QuestionEvaluationOptions
{
    /// <summary>Steps between evaluations; null for at the end only.</summary>
    [Range(1L, long.MaxValue)]
    public long? Every { get; init; }
}
