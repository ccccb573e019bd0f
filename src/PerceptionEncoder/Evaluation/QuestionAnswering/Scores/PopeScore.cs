namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>POPE: whether an object is in the picture. Only the very word counts as an answer.</summary>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="Precision">Of those answered with yes; 0 where none is.</param>
/// <param name="Recall">Of those whose answer is yes and that were answered with yes or no.</param>
/// <param name="F1">Of the two.</param>
/// <param name="YesRatio">As published: share of yes among the <em>right</em> answers, whatever was said.</param>
public sealed record PopeScore(double Accuracy, double Precision, double Recall, double F1, double YesRatio)
{
    /// <summary>Whether an answer is right.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="answer">Yes or no.</param>
    public static bool IsRight(string response, string answer) => Word(response) == Word(answer);

    /// <summary>The figures of a set.</summary>
    /// <param name="answers">Given and right answers, at least one.</param>
    public static PopeScore Of(IReadOnlyList<(string Response, string Answer)> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var words = answers.Select(pair => (Given: Word(pair.Response), Right: Word(pair.Answer))).ToList();
        var (hits, alarms, misses) = (Count("yes", "yes"), Count("yes", "no"), Count("no", "yes"));
        var (precision, recall) = (Share(hits, hits + alarms), Share(hits, hits + misses));
        return new PopeScore(
            words.Average(pair => pair.Given == pair.Right ? 1.0 : 0),
            precision,
            recall,
            Share(2 * precision * recall, precision + recall),
            Share(words.Count(pair => pair.Right == "yes"), words.Count(pair => pair.Right is "yes" or "no")));

        int Count(string given, string right) => words.Count(pair => pair.Given == given && pair.Right == right);
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private static string Word(string text) => PythonText.Strip(PythonText.Lower(text));
}
