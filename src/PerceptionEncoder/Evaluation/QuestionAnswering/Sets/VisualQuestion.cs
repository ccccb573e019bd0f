using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>A question of a set, or a picture to be described, with what is known of the right answer.</summary>
internal sealed record VisualQuestion
{
    /// <summary>Unique in its set: the published id, behind a file's or category's name where ids are unique there only.</summary>
    public required string Id { get; init; }

    /// <summary>The question as published; empty where the set asks none.</summary>
    public string Text { get; init; } = "";

    /// <summary>Pictures, or a clip; none for a question that shows nothing.</summary>
    public IReadOnlyList<MediaItem> Media { get; init; } = [];

    /// <summary>
    /// The right answers: several ways to write one, one a person, or reference captions. A letter where there are options.
    /// </summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>Texts of a multiple-choice question's options, from A on.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The part of the set that it belongs to and that has a figure of its own; null where there are none.</summary>
    public string? Part { get; init; }

    /// <summary>Letter of an option, from 0.</summary>
    public static char Letter(int option) => (char)('A' + option);
}
