namespace PerceptionEncoder.Training;

/// <summary>
/// Where the loss is going: enough to notice that it went up for good. Part of a checkpoint, so that a resumed run stops where the other
/// would.
/// </summary>
/// <param name="Stage">The stage it belongs to: another resolution or batch has another loss.</param>
/// <param name="Smoothed">Moving average.</param>
/// <param name="Lowest">Lowest moving average of the stage.</param>
/// <param name="StepsAbove">Steps in a row in which it was too high.</param>
public sealed record LossTrend(int Stage, double Smoothed, double Lowest, int StepsAbove)
{
    private const double Smoothing = 0.95;
    private const double LeastRise = 1;

    /// <summary>Takes in the loss of one step.</summary>
    public static LossTrend After(LossTrend? before, int stage, double loss, DivergenceOptions options)
    {
        if (before is null || before.Stage != stage)
        {
            return new LossTrend(stage, loss, loss, 0);
        }

        var smoothed = (Smoothing * before.Smoothed) + ((1 - Smoothing) * loss);
        var isAbove = smoothed > options.Factor * before.Lowest && smoothed > before.Lowest + LeastRise;
        return new LossTrend(stage, smoothed, Math.Min(before.Lowest, smoothed), isAbove ? before.StepsAbove + 1 : 0);
    }
}
