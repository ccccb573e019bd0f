using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Evaluation.QuestionAnswering;

namespace PerceptionEncoder.Recipes;

/// <summary>What is measured during language alignment, and how often. The end of a run is always measured.</summary>
public sealed record LanguageEvaluationOptions
{
    /// <summary>Steps between evaluations; null for at the end only.</summary>
    [Range(1L, long.MaxValue)]
    public long? Every { get; init; }

    /// <summary>The sets.</summary>
    public IReadOnlyList<AnswerSetOptions> Sets { get; init; } = [];
}
