namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// Soft accuracy over the answers of several people: an answer that three of the others gave is right, one that fewer gave is partly so;
/// the mean over leaving out each person.
/// </summary>
public static class VqaAccuracy
{
    private const double Enough = 3;

    /// <summary>As VQA v2's own script has it: texts are brought into the official form only where people disagree.</summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="answers">One a person.</param>
    public static double Official(string prediction, IReadOnlyList<string> answers)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(answers);
        string[] lines = [.. answers.Select(AnswerForm.Line)];
        return lines.Distinct(StringComparer.Ordinal).Count() > 1
            ? Score(prediction, answers, AnswerForm.Official)
            : Score(prediction, answers, AnswerForm.Line);
    }

    /// <summary>As lmms-eval, and with it PLM's published numbers, has it for VQA v2: always in the official form.</summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="answers">One a person.</param>
    public static double Score(string prediction, IReadOnlyList<string> answers) => Score(prediction, answers, AnswerForm.Official);

    /// <summary>In EvalAI's form, for TextVQA and OK-VQA.</summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="answers">One a person.</param>
    public static double EvalAi(string prediction, IReadOnlyList<string> answers) => Score(prediction, answers, AnswerForm.EvalAi);

    private static double Score(string prediction, IReadOnlyList<string> answers, Func<string, string> form)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(answers);
        var given = form(prediction);
        var same = answers.Select(answer => form(answer) == given).ToArray();
        var count = same.Count(yes => yes);
        return answers.Count == 0 ? 0 : same.Average(own => Math.Min(1, (count - (own ? 1 : 0)) / Enough));
    }
}
