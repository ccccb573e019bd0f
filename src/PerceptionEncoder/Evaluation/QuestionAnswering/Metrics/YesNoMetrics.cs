using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;
using PerceptionEncoder.Evaluation.Reports;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>POPE's figures, of the whole set and of its parts.</summary>
internal sealed class PopeMetric : AnswerMetric
{
    /// <inheritdoc/>
    public override IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers)
        => [.. answers.Select(answer => (double?)(PopeScore.IsRight(answer.Text, answer.Question.Answers[0]) ? 1 : 0))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
    {
        var all = Score(answers);
        var figures = new Dictionary<string, double>
        {
            ["accuracy"] = all.Accuracy, ["precision"] = all.Precision, ["recall"] = all.Recall, ["f1"] = all.F1,
            ["yes_ratio"] = all.YesRatio,
        };
        foreach (var (part, indices) in Parts(answers))
        {
            var own = Score([.. indices.Select(index => answers[index])]);
            (figures[$"accuracy/{part}"], figures[$"f1/{part}"]) = (own.Accuracy, own.F1);
        }

        return figures;
    }

    private static PopeScore Score(IReadOnlyList<GivenAnswer> answers)
        => PopeScore.Of([.. answers.Select(answer => (answer.Text, answer.Question.Answers[0]))]);
}

/// <summary>MME's points: of each category 200 at most, and the two sums.</summary>
internal sealed class MmeMetric : AnswerMetric
{
    /// <inheritdoc/>
    public override IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers)
        => [.. answers.Select(answer => (double?)(IsRight(answer) ? 1 : 0))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
        => MmeScore.Score(answers.Select(answer
            => (answer.Question.Part ?? "", YesNoQuestions.PictureOf(answer.Question), IsRight(answer))))
            .ToDictionary(figure => figure.Key + ComparisonRow.Points, figure => figure.Value);

    private static bool IsRight(GivenAnswer answer) => MmeScore.IsRight(answer.Text, answer.Question.Answers[0]);
}
