namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>A score an answer, and their mean, of the whole set and of its parts.</summary>
/// <param name="name">Of the figure.</param>
/// <param name="score">Of an answer; null leaves it out.</param>
/// <param name="others">Figures beside it, of the whole set alone.</param>
internal sealed class MeanMetric(
    string name,
    Func<GivenAnswer, double?> score,
    params (string Name, Func<GivenAnswer, double?> Score)[] others) : AnswerMetric
{
    /// <inheritdoc/>
    public override IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers) => [.. answers.Select(score)];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
    {
        var figures = new Dictionary<string, double> { [name] = Mean(scores) };
        foreach (var other in others)
        {
            figures[other.Name] = Mean(answers.Select(other.Score));
        }

        foreach (var (part, indices) in Parts(answers))
        {
            figures[$"{name}/{part}"] = Mean(indices.Select(index => scores[index]));
        }

        return figures;
    }
}
