using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Answers;

/// <summary>Answers to a set with their scores and figures.</summary>
/// <param name="Answers">In the order of the questions.</param>
/// <param name="Scores">One an answer; null for one that does not count.</param>
/// <param name="Figures">Of all.</param>
internal sealed record ScoredAnswers(
    IReadOnlyList<GivenAnswer> Answers,
    IReadOnlyList<double?> Scores,
    IReadOnlyDictionary<string, double> Figures)
{
    /// <summary>Scores answers.</summary>
    /// <param name="metric">The set's.</param>
    /// <param name="answers">At least one.</param>
    public static ScoredAnswers Of(AnswerMetric metric, IReadOnlyList<GivenAnswer> answers)
    {
        var scores = metric.ScoreEach(answers);
        return new ScoredAnswers(answers, scores, metric.Summarize(answers, scores));
    }
}
