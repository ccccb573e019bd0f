namespace PerceptionEncoder.Tools.Doctor;

/// <summary>
/// LAMB (You et al., arXiv 1904.00962, algorithm 2) of one tensor, written down in float64 without any device: what an optimiser is
/// compared with.
/// </summary>
/// <param name="weights">Start.</param>
/// <param name="weightDecay">0 leaves the trust ratio out, too.</param>
internal sealed class PlainLamb(double[] weights, double weightDecay)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Eps = 1e-6;

    private readonly double[] first = new double[weights.Length];
    private readonly double[] second = new double[weights.Length];
    private int steps;

    /// <summary>As they are now.</summary>
    public double[] Weights { get; } = [.. weights];

    /// <summary>One update.</summary>
    public void Step(double[] gradient, double rate)
    {
        steps++;
        var update = new double[gradient.Length];
        for (var i = 0; i < gradient.Length; i++)
        {
            first[i] = (Beta1 * first[i]) + ((1 - Beta1) * gradient[i]);
            second[i] = (Beta2 * second[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            var (mean, square) = (first[i] / (1 - Math.Pow(Beta1, steps)), second[i] / (1 - Math.Pow(Beta2, steps)));
            update[i] = (mean / (Math.Sqrt(square) + Eps)) + (weightDecay * Weights[i]);
        }

        var ratio = weightDecay > 0 ? Norm(Weights) / Norm(update) : 1;
        for (var i = 0; i < gradient.Length; i++)
        {
            Weights[i] -= rate * ratio * update[i];
        }
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
