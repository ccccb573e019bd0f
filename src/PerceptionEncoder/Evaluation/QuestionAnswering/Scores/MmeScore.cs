namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// MME: two questions on each picture, one to be answered with yes and one with no. A category's score is the share of right answers plus
/// the share of pictures on which both are right, in percent; 200 at most.
/// </summary>
public static class MmeScore
{
    private static readonly string[] Perception =
        ["existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR"];

    /// <summary>What an answer is taken for: <c>yes</c>, <c>no</c> or <c>other</c>; beyond one letter four characters decide.</summary>
    public static string Label(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var text = PythonText.Strip(PythonText.Lower(response)).Replace(".", "", StringComparison.Ordinal);
        var head = string.Concat(text.EnumerateRunes().Take(4));
        return text is "y" || head.Contains("yes", StringComparison.Ordinal) ? "yes"
            : text is "n" || head.Contains("no", StringComparison.Ordinal) ? "no"
            : "other";
    }

    /// <summary>Whether an answer is right.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="answer">Yes or no.</param>
    public static bool IsRight(string response, string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Label(response) == PythonText.Strip(PythonText.Lower(answer)).Replace(".", "", StringComparison.Ordinal);
    }

    /// <summary>Score of each category, and the two sums.</summary>
    /// <param name="answers">Category, picture, and whether the answer is right; two of each picture.</param>
    /// <returns>Under <c>perception</c> and <c>cognition</c> the sums, else the categories.</returns>
    /// <exception cref="UserErrorException">A picture has not two answers.</exception>
    public static IReadOnlyDictionary<string, double> Score(IEnumerable<(string Category, string Picture, bool IsRight)> answers)
    {
        var categories = answers.GroupBy(answer => answer.Category).ToDictionary(
            category => category.Key,
            category => category.GroupBy(answer => answer.Picture).Average(picture => picture.Count() == 2
                ? 100 * (picture.Average(answer => answer.IsRight ? 1.0 : 0) + (picture.All(answer => answer.IsRight) ? 1 : 0))
                : throw new UserErrorException($"MME: {picture.Key} of {category.Key} has {picture.Count()} questions. "
                    + "Two belong together, one answered yes and one no.")));
        var (perception, cognition) = (categories.Where(IsPerception).Sum(pair => pair.Value),
            categories.Where(pair => !IsPerception(pair)).Sum(pair => pair.Value));
        return new Dictionary<string, double>(categories) { ["perception"] = perception, ["cognition"] = cognition };
    }

    private static bool IsPerception(KeyValuePair<string, double> category) => Perception.Contains(category.Key);
}
