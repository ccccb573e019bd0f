using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Held-out dialogues that a language model in training is measured on.</summary>
public sealed record AnswerSetOptions
{
    /// <summary>Name in results.</summary>
    [RegularExpression(FolderName.Pattern, ErrorMessage = FolderName.Problem)]
    public required string Name { get; init; }

    /// <summary>Shards or lists of dialogues, as those of <c>data.train</c>.</summary>
    public required string Shards { get; init; }

    /// <summary>Folder of the pictures that a list names; null for the list's own.</summary>
    public string? Root { get; init; }

    /// <summary>Whether its dialogues show clips.</summary>
    public MediaKind Media { get; init; } = MediaKind.Image;

    /// <summary>The first so many dialogues; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>Dialogues at once.</summary>
    [Range(1, 1 << 20)]
    public int Batch { get; init; } = 64;

    /// <summary>As a decoder takes it.</summary>
    internal SourceOptions Source => new() { Shards = Shards, Root = Root, Media = Media };
}
