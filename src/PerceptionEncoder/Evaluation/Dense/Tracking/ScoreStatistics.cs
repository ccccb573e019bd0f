namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>What DAVIS says of the scores of one object in the frames of one clip.</summary>
/// <param name="Mean">Of the scores; what is not a number does not count.</param>
/// <param name="Recall">Share of frames with more than 0.5; what is not a number is a miss.</param>
/// <param name="Decay">Mean of the first quarter less that of the last; not a number where one of them has no frames.</param>
internal readonly record struct ScoreStatistics(double Mean, double Recall, double Decay)
{
    private const int Quarters = 4;

    /// <param name="scores">In the order of the frames.</param>
    /// <remarks>
    /// The published bounds of the quarters are 8-bit numbers and run over where a clip has more than 256 scored frames, so that the last
    /// quarter may be empty; figures are only comparable if it is done alike.
    /// </remarks>
    public static ScoreStatistics Of(IReadOnlyList<double> scores)
    {
        if (scores.Count == 0)
        {
            return new ScoreStatistics(double.NaN, double.NaN, double.NaN);
        }

        // Halves round up, by the small number.
        var bounds = Enumerable.Range(0, Quarters + 1)
            .Select(i => (int)Math.Round(1 + (i * (scores.Count - 1) / (double)Quarters) + 1e-10, MidpointRounding.ToEven) - 1)
            .Select(bound => (int)unchecked((byte)bound))
            .ToArray();
        return new ScoreStatistics(
            MeanOfNumbers(scores),
            scores.Count(score => score > 0.5) / (double)scores.Count,
            MeanOfNumbers(Between(0)) - MeanOfNumbers(Between(Quarters - 1)));

        IEnumerable<double> Between(int quarter)
            => scores.Take(bounds[quarter + 1] + 1).Skip(bounds[quarter]);
    }

    /// <summary>Mean of those that are numbers; not a number where there are none.</summary>
    public static double MeanOfNumbers(IEnumerable<double> values)
        => values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();
}
