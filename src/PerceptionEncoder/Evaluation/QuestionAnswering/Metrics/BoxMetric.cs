using System.Globalization;
using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>RefCOCO's: how far the box in the answer covers the right one; 0.5 makes it right.</summary>
internal sealed class BoxMetric : AnswerMetric
{
    private static readonly double[] Thresholds = [0.5, 0.1, 0.3, 0.7, 0.9];

    /// <inheritdoc/>
    public override IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers) => [.. answers.Select(answer
        => (double?)AnswerBox.OfThousandths(answer.Text).Overlap(AnswerBox.Parse(answer.Question.Answers[0])))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
    {
        var figures = Thresholds.ToDictionary(
            threshold => $"accuracy@{threshold.ToString(CultureInfo.InvariantCulture)}",
            threshold => scores.Average(score => score >= threshold ? 1.0 : 0));
        figures["mean_iou"] = Mean(scores);
        figures["center_accuracy"] = answers.Average(answer
            => AnswerBox.Parse(answer.Question.Answers[0]).HasCentreOf(AnswerBox.OfThousandths(answer.Text)) ? 1.0 : 0);
        return figures;
    }
}
