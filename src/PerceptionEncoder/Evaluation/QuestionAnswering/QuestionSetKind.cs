using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>A published set: which of its files are read and how, what a model is asked, and how answers are scored.</summary>
internal sealed record QuestionSetKind
{
    /// <summary>As users write it; sets of names that begin so are of the kind.</summary>
    public required string Name { get; init; }

    /// <summary>Other beginnings of names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The forms it is published in; the first whose files are there is read.</summary>
    public required IReadOnlyList<QuestionListForm> Forms { get; init; }

    /// <summary>The split where the user names none.</summary>
    public required string Split { get; init; }

    /// <summary>What a model is asked, as PLM's published evaluation (lmms-eval) asks.</summary>
    public required Func<VisualQuestion, string> Prompt { get; init; }

    /// <summary>Tokens of the longest answer, as there.</summary>
    public int MaxNewTokens { get; init; } = 16;

    /// <summary>How answers are scored.</summary>
    public required AnswerMetric Metric { get; init; }
}

/// <summary>One form in which a set is published.</summary>
/// <param name="IsList">Whether the file of a path is one of its lists.</param>
/// <param name="Read">The questions of a list, of a split where a list holds several.</param>
/// <param name="IsSplit">Several lists are parts of one set, and not splits of which one is meant.</param>
internal sealed record QuestionListForm(
    Func<string, bool> IsList,
    Func<QuestionFiles, string, string, IEnumerable<VisualQuestion>> Read,
    bool IsSplit = false);
