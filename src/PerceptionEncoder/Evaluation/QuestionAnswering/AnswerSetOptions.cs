using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Held-out dialogues to measure a language model with in training.</summary>
public sealed record AnswerSetOptions
{
    /// <summary>Name in logs, metrics and results.</summary>
    [RegularExpression(FolderName.VisiblePattern, ErrorMessage = FolderName.VisibleProblem)]
    public required string Name { get; init; }

    /// <summary>Shards of dialogues, as of <see cref="SourceOptions.Shards"/>.</summary>
    public required string Shards { get; init; }

    /// <summary>Dialogues encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 64;

    /// <summary>The first so many dialogues alone; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>As a source of a loader.</summary>
    internal SourceOptions Source => new() { Shards = Shards };
}
