using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// Limited-memory BFGS for smooth objectives without noise, such as a probe on a whole set of features: each step goes along the gradient
/// bent by the curvature that the last steps met, as far as <see cref="WolfeLineSearch"/> says. The point stays on its device; a few
/// numbers a step travel to the host.
/// </summary>
/// <remarks>Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5.</remarks>
internal sealed class Lbfgs(LbfgsOptions options)
{
    // P numbers of the point, whatever its shape

    /// <summary>Minimises an objective.</summary>
    /// <param name="start">Any shape; left as it is.</param>
    /// <param name="objective">
    /// The value at a point and its gradient, of the point's shape; called without autograd. The gradient is a tensor of its own.
    /// </param>
    /// <param name="cancellation">Stops between two steps.</param>
    public LbfgsResult Minimize(
        Tensor start,
        Func<Tensor, (double Value, Tensor Gradient)> objective,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(objective);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var point = start.detach().clone();
        var (value, gradient) = objective(point);
        var pairs = new Queue<(Tensor Step, Tensor Change, double Product)>();
        var steps = 0;
        var converged = Largest(gradient) <= options.GradientTolerance;
        while (!converged && steps < options.MaximumSteps)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var direction = Direction(gradient, pairs);
            var slope = Dot(direction, gradient);
            if (slope >= 0)
            {
                // Rounding has spoilt the remembered curvature.
                pairs.Clear();
                (direction, slope) = (-gradient, -Dot(gradient, gradient));
            }

            var first = pairs.Count > 0 ? 1 : Math.Min(1, 1 / gradient.abs().sum().ToDouble());
            if (WolfeLineSearch.Find(value, slope, first, at => Evaluate(at, direction)) is not { } found)
            {
                converged = true;              // no lower point can be told apart in this arithmetic
                break;
            }

            steps++;
            var nextPoint = point.add(direction, Scalars.Of(found.Step));
            Remember(pairs, nextPoint - point, found.Gradient - gradient);
            converged = Largest(found.Gradient) <= options.GradientTolerance
                || value - found.Value <= options.ValueTolerance * Math.Max(1e-12, Math.Abs(value));
            point.Dispose();
            gradient.Dispose();
            (point, gradient, value) = (nextPoint.MoveToOuterDisposeScope(), found.Gradient.MoveToOuterDisposeScope(), found.Value);
        }

        return new LbfgsResult(point.MoveToOuterDisposeScope(), value, steps, converged);

        WolfePoint Evaluate(double at, Tensor direction)
        {
            var (here, slope) = objective(point.add(direction, Scalars.Of(at)));
            return new WolfePoint(at, here, Dot(slope, direction), slope);
        }
    }

    /// <summary>The two-loop recursion: minus the inverse curvature times the gradient.</summary>
    private static Tensor Direction(Tensor gradient, Queue<(Tensor Step, Tensor Change, double Product)> pairs)
    {
        var bent = gradient.clone();
        var shares = new Stack<double>();
        foreach (var (step, change, product) in pairs.AsEnumerable().Reverse())
        {
            shares.Push(Dot(step, bent) / product);
            bent.add_(change, Scalars.Of(-shares.Peek()));
        }

        if (pairs.Count > 0)
        {
            var (_, change, product) = pairs.Last();
            bent.mul_(Scalars.Of(product / Dot(change, change)));
        }

        foreach (var (step, change, product) in pairs)
        {
            bent.add_(step, Scalars.Of(shares.Pop() - (Dot(change, bent) / product)));
        }

        return bent.neg_();
    }

    private void Remember(Queue<(Tensor Step, Tensor Change, double Product)> pairs, Tensor step, Tensor change)
    {
        var product = Dot(step, change);
        if (product <= 1e-10 * Dot(change, change))
        {
            return;                            // no curvature that a minimum could have
        }

        pairs.Enqueue((step.MoveToOuterDisposeScope(), change.MoveToOuterDisposeScope(), product));
        if (pairs.Count > options.History)
        {
            var (oldStep, oldChange, _) = pairs.Dequeue();
            oldStep.Dispose();
            oldChange.Dispose();
        }
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum(float64).ToDouble();

    private static double Largest(Tensor gradient) => gradient.abs().max().ToDouble();
}
