namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>How the answers to a set are scored: each, and all together.</summary>
internal abstract class AnswerMetric
{
    /// <summary>A score for each answer, higher being better; null for one that the set's rule leaves out.</summary>
    public abstract IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers);

    /// <summary>The figures of the set, under their published names; <c>NAME/PART</c> of a part of it.</summary>
    /// <param name="answers">At least one.</param>
    /// <param name="scores">Of <see cref="ScoreEach"/>.</param>
    public abstract IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores);

    /// <summary>The answers of each part in the order of their names; none where the set has none.</summary>
    protected static IEnumerable<(string Part, int[] Indices)> Parts(IReadOnlyList<GivenAnswer> answers) => answers.Index()
        .Where(entry => entry.Item.Question.Part is not null)
        .GroupBy(entry => entry.Item.Question.Part!, entry => entry.Index)
        .OrderBy(part => part.Key, StringComparer.Ordinal)
        .Select(part => (part.Key, part.ToArray()));

    /// <summary>The mean over those that count; 0 where none does.</summary>
    protected static double Mean(IEnumerable<double?> scores) => scores.Average() ?? 0;
}
