namespace PerceptionEncoder.Optimization;

/// <summary>
/// A step along a direction that lowers the value enough and flattens the slope enough: the strong Wolfe conditions, which keep L-BFGS's
/// curvature positive.
/// </summary>
/// <remarks>Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6, with cubic interpolation.</remarks>
internal static class WolfeLineSearch
{
    private const double Decrease = 1e-4;
    private const double Flatness = 0.9;
    private const double LargestStep = 1e10;
    private const int Trials = 30;

    /// <param name="value">At step 0.</param>
    /// <param name="slope">At step 0; below 0.</param>
    /// <param name="first">The first trial.</param>
    /// <param name="evaluate">The objective at a step.</param>
    /// <returns>Null where no trial is lower than the start.</returns>
    public static WolfePoint? Find(double value, double slope, double first, Func<double, WolfePoint> evaluate)
    {
        WolfePoint? best = null;
        var before = (Step: 0.0, Value: value, Slope: slope);
        var step = first;
        for (var trial = 0; trial < Trials && step <= LargestStep; trial++)
        {
            var here = Evaluate(step);
            if (!IsLowEnough(here) || (trial > 0 && here.Value >= before.Value))
            {
                return Zoom(before, Of(here), trial);
            }

            if (IsFlatEnough(here))
            {
                return here;
            }

            if (here.Slope >= 0)
            {
                return Zoom(Of(here), before, trial);
            }

            before = Of(here);
            step *= 2;
        }

        return best;

        WolfePoint Evaluate(double at)
        {
            var here = evaluate(at);
            if (double.IsFinite(here.Value) && here.Value < (best?.Value ?? value))
            {
                best = here;
            }

            return here;
        }

        // A minimum lies between the two; low is the lower of them.
        WolfePoint? Zoom((double Step, double Value, double Slope) low, (double Step, double Value, double Slope) high, int trials)
        {
            for (var trial = trials; trial < Trials && Math.Abs(high.Step - low.Step) > 1e-12 * Math.Max(1, low.Step); trial++)
            {
                var here = Evaluate(Between(low, high));
                if (!IsLowEnough(here) || here.Value >= low.Value)
                {
                    high = Of(here);
                    continue;
                }

                if (IsFlatEnough(here))
                {
                    return here;
                }

                if (here.Slope * (high.Step - low.Step) >= 0)
                {
                    high = low;
                }

                low = Of(here);
            }

            return best;
        }

        bool IsLowEnough(WolfePoint here) => here.Value <= value + (Decrease * here.Step * slope);
        bool IsFlatEnough(WolfePoint here) => Math.Abs(here.Slope) <= -Flatness * slope;
    }

    private static (double Step, double Value, double Slope) Of(WolfePoint point) => (point.Step, point.Value, point.Slope);

    /// <summary>The minimum of the cubic through both ends; the middle where that is none or lies too near an end.</summary>
    private static double Between((double Step, double Value, double Slope) a, (double Step, double Value, double Slope) b)
    {
        var width = b.Step - a.Step;
        var bend = a.Slope + b.Slope - (3 * (a.Value - b.Value) / (a.Step - b.Step));
        var root = Math.Sign(width) * Math.Sqrt((bend * bend) - (a.Slope * b.Slope));
        var cubic = b.Step - (width * (b.Slope + root - bend) / (b.Slope - a.Slope + (2 * root)));
        var share = (cubic - a.Step) / width;
        return share is >= 0.1 and <= 0.9 ? cubic : a.Step + (width / 2);     // NaN is in no range
    }
}
