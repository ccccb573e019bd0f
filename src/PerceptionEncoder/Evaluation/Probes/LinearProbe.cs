using PerceptionEncoder.Evaluation.Harness.Frozen;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// n rows · D features · C classes
/// <summary>A linear classifier of one feature an image, by logistic regression with a swept penalty.</summary>
/// <remarks>
/// CLIP, arXiv 2103.00020, A.3: L-BFGS to convergence, the penalty swept on a held-out part, the best trained again on all training images.
/// Ours standardises features first, and sweeps decades.
/// </remarks>
internal sealed class LinearProbe(ProbeOptions options, Device device)
{
    /// <summary>Trains it and measures it on the test part.</summary>
    /// <param name="data">Features and classes.</param>
    /// <param name="keep">Takes what it has learned, by name; null where it is not kept.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public ProbeScore Measure(ProbeData data, Action<IReadOnlyList<(string, Tensor)>>? keep, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var l2 = options.L2.Count == 1 ? options.L2[0] : Choose(data, cancellation);
        var (standardization, regression) = Prepare(data, data.Split.Final);
        var classifier = regression.Fit(l2, null, cancellation);
        keep?.Invoke([("mean", standardization.Mean), ("scale", standardization.Scale), ("classifier", classifier)]);
        return new ProbeScore(data.TestMetrics(Scores(standardization, classifier), device, cancellation), ("l2", l2));
    }

    /// <summary>
    /// Tries the penalties from the strongest on, each beginning where the one before ended; of equals the strongest is chosen.
    /// </summary>
    private double Choose(ProbeData data, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (standardization, regression) = Prepare(data, data.Split.Fit);
        Tensor? classifier = null;
        double[] penalties = [.. options.L2.OrderDescending()];
        return penalties[ProbeData.Best(penalties.Length, i =>
        {
            var next = regression.Fit(penalties[i], classifier, cancellation);
            classifier?.Dispose();
            classifier = next;
            return data.HeldOutAccuracy(Scores(standardization, next), device, cancellation);
        })];
    }

    private (Standardization Standardization, LogisticRegression Regression) Prepare(ProbeData data, IReadOnlyList<int> rows)
    {
        var features = data.Train.Take(rows, device);
        var standardization = Standardization.Of(features);
        return (standardization, new LogisticRegression(standardization.Apply(features), data.LabelTensor(rows, device), data.Classes));
    }

    private static Func<Tensor, Tensor> Scores(Standardization standardization, Tensor classifier)
        => features => LogisticRegression.Scores(standardization.Apply(features), classifier);
}
