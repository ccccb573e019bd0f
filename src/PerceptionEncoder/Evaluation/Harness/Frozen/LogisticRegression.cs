using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

// n rows · D features · C classes
/// <summary>
/// Multinomial logistic regression on all rows at once: mean cross-entropy plus half of <c>l2</c> times the squared weights, the bias left
/// out; solved by L-BFGS. The objective is convex, so that the result depends on nothing but the data. Matrix products are float32; the
/// softmax is float64, or near the minimum its rounding would hide which of two points is lower.
/// </summary>
/// <param name="features">float32 [n, D], on the device that computes.</param>
/// <param name="targets">int64 [n] classes, or float32 [n, C] shares of each class, whose rows may sum to less than 1: such a row weighs
/// less. On the same device.</param>
/// <param name="classes">C.</param>
internal sealed class LogisticRegression(Tensor features, Tensor targets, int classes)
{
    /// <summary>Scores held at once; more rows are taken in turn.</summary>
    private const long ScoresAtOnce = 1 << 22;

    /// <summary>Classifier of the least objective.</summary>
    /// <param name="l2">Weight of the penalty.</param>
    /// <param name="start">[D + 1, C] to begin at, such as the result for another penalty; zeros where null.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>[D + 1, C]: weights, then the bias.</returns>
    public Tensor Fit(double l2, Tensor? start, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var from = start ?? zeros(features.shape[1] + 1, classes, device: features.device);
        return new Lbfgs(new LbfgsOptions()).Minimize(from, point => Objective(point, l2), cancellation).Point.MoveToOuterDisposeScope();
    }

    /// <summary>Scores of rows, [n, C].</summary>
    public static Tensor Scores(Tensor rows, Tensor classifier)
    {
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        var width = rows.shape[1];
        return addmm(classifier[width], rows, classifier.narrow(0, 0, width), 1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Value and gradient at a classifier.</summary>
    internal (double Value, Tensor Gradient) Objective(Tensor classifier, double l2)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (count, width) = (features.shape[0], features.shape[1]);
        var gradient = zeros_like(classifier);
        var (loss, weight) = (zeros(1, float64, features.device), zeros(1, float64, features.device));
        var rows = Math.Max(1, ScoresAtOnce / classes);
        for (var begin = 0L; begin < count; begin += rows)
        {
            using var chunk = NewDisposeScope();
            var length = Math.Min(rows, count - begin);
            var x = features.narrow(0, begin, length);
            var logProbabilities = Scores(x, classifier).to(float64).log_softmax(-1);
            var residual = Residual(logProbabilities, targets.narrow(0, begin, length), loss, weight).to(float32);      // [rows, C]
            gradient.narrow(0, 0, width).addmm_(x.t(), residual);
            gradient[width].add_(residual.sum([0]));
        }

        var total = Math.Max(1e-12, weight.ToDouble());
        var weights = classifier.narrow(0, 0, width);
        gradient.div_(total).narrow(0, 0, width).add_(weights, l2);
        return ((loss.ToDouble() / total) + (0.5 * l2 * weights.square().sum(float64).ToDouble()), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Derivative of the summed cross-entropy by the scores; adds the sum itself and the rows' weight.</summary>
    private static Tensor Residual(Tensor logProbabilities, Tensor targets, Tensor loss, Tensor weight)
    {
        if (targets.dim() == 1)
        {
            var index = targets.unsqueeze(1);
            loss.sub_(logProbabilities.gather(1, index).sum(float64));
            weight.add_(targets.shape[0]);
            return logProbabilities.exp().scatter_add_(1, index, full([targets.shape[0], 1], -1.0, float64, targets.device));
        }

        var mass = targets.sum([1], keepdim: true);
        loss.sub_((logProbabilities * targets).sum(float64));
        weight.add_(mass.sum(float64));
        return logProbabilities.exp().mul_(mass).sub_(targets);
    }
}
