namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>ChartQA's relaxed accuracy: numbers may be off by a twentieth, other answers by their case alone.</summary>
/// <remarks>
/// As published: <c>12%</c> is 0.12, <c>1,000</c> is no number, and a right answer of zero must be given as it is written. So 2019 is right
/// for 2015, and 12 is wrong for 12%.
/// </remarks>
public static class RelaxedAccuracy
{
    private const double Tolerance = 0.05;

    /// <summary>Whether an answer is right.</summary>
    /// <param name="prediction">The given answer.</param>
    /// <param name="target">The right one.</param>
    public static bool IsRight(string prediction, string target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        return (Number(prediction), Number(target)) is ({ } given, { } right) && right != 0
            ? Math.Abs(given - right) / Math.Abs(right) <= Tolerance
            : PythonText.Lower(prediction) == PythonText.Lower(target);
    }

    private static double? Number(string text)
        => text.EndsWith('%') ? PythonText.Number(text.TrimEnd('%')) / 100 : PythonText.Number(text);
}
