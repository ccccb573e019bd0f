using PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>
/// CIDEr-D, BLEU and ROUGE-L on Treebank tokens. How rare a word is comes from the references of the pictures that are scored together, so
/// the CIDEr of a picture and of a few pictures are no measure by themselves; a part's is measured on the part alone.
/// </summary>
internal sealed class CaptionMetric : AnswerMetric
{
    /// <inheritdoc/>
    public override IReadOnlyList<double?> ScoreEach(IReadOnlyList<GivenAnswer> answers)
        => [.. Cider.Score(Given(answers), References(answers)).Select(score => (double?)score)];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Summarize(IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
    {
        var (given, references) = (Given(answers), References(answers));
        var figures = new Dictionary<string, double> { ["CIDEr"] = Mean(scores) };
        foreach (var (index, score) in Bleu.Score(given, references).Index())
        {
            figures[$"BLEU_{index + 1}"] = score;
        }

        figures["ROUGE_L"] = RougeL.Score(given, references).Average();
        foreach (var (part, indices) in Parts(answers))
        {
            GivenAnswer[] own = [.. indices.Select(index => answers[index])];
            figures[$"CIDEr/{part}"] = Mean(ScoreEach(own));
        }

        return figures;
    }

    private static string[] Given(IReadOnlyList<GivenAnswer> answers)
        => [.. answers.Select(answer => TreebankTokenizer.Tokenize(answer.Text))];

    private static string[][] References(IReadOnlyList<GivenAnswer> answers)
        => [.. answers.Select(answer => answer.Question.Answers.Select(TreebankTokenizer.Tokenize).ToArray())];
}
