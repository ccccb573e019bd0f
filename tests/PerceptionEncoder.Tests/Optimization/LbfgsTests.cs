using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Optimization;

public sealed class LbfgsTests : IDisposable
{
    private static readonly LbfgsOptions Exact = new() { GradientTolerance = 1e-9, ValueTolerance = 0 };

    private readonly DisposeScope scope;

    public LbfgsTests()
    {
        TorchRuntime.Initialize();
        scope = NewDisposeScope();
        manual_seed(3);
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_quadratic_ends_where_linear_algebra_says()
    {
        var root = randn(12, 12, float64);
        var curvature = matmul(root, root.t()) + eye(12, dtype: float64);
        var target = randn(12, 1, float64);

        var result = new Lbfgs(Exact)
            .Minimize(
                zeros(12, 1, float64),
                x => (((0.5 * matmul(x.t(), matmul(curvature, x))) - matmul(x.t(), target)).ToDouble(), matmul(curvature, x) - target));

        // The value stops changing where the point has half of its digits: how many that is depends on the CPU's rounding.
        Assert.True(result.Converged);
        Assert.True((result.Point - linalg.solve(curvature, target)).abs().max().ToDouble() < 1e-7);
    }

    [Fact]
    public void The_bent_valley_of_Rosenbrock_is_followed_to_its_end()
    {
        var result = new Lbfgs(Exact).Minimize(tensor(new[] { -1.2, 1.0 }), point =>
        {
            var (x, y) = (point[0].ToDouble(), point[1].ToDouble());
            var bend = y - (x * x);
            return ((100 * bend * bend) + ((1 - x) * (1 - x)), tensor(new[] { (-400 * x * bend) - (2 * (1 - x)), 200 * bend }));
        });

        Assert.True(result.Converged);
        Assert.True(result.Steps < 60, $"{result.Steps} steps");
        Assert.Equal(1, result.Point[0].ToDouble(), 1e-7);
        Assert.Equal(1, result.Point[1].ToDouble(), 1e-7);
    }

    [Fact]
    public void Every_step_is_of_the_strong_Wolfe_conditions()
    {
        // f(a) = -a / (a² + 2), the first of Moré and Thuente's hard cases; its minimum is at √2.
        static double Value(double a) => -a / ((a * a) + 2);
        static double Slope(double a) => ((a * a) - 2) / (((a * a) + 2) * ((a * a) + 2));
        foreach (var first in new[] { 1e-3, 0.1, 10, 1e3 })
        {
            var found = WolfeLineSearch.Find(Value(0), Slope(0), first, a => new WolfePoint(a, Value(a), Slope(a), zeros(1)))!;
            Assert.True(found.Value <= Value(0) + (1e-4 * found.Step * Slope(0)), $"from {first}: too high at {found.Step}");
            Assert.True(Math.Abs(found.Slope) <= 0.9 * Math.Abs(Slope(0)), $"from {first}: too steep at {found.Step}");
        }
    }

    [Fact]
    public void A_stretch_without_curvature_is_passed_and_not_remembered()
    {
        // Huber's loss from so far out that the first searches end on its straight part: a remembered curvature of 0 would divide 0 by 0
        // and end there.
        var result = new Lbfgs(Exact).Minimize(tensor(new[] { 3e9, -4e9 }), x =>
        {
            var far = x.abs() > 1;
            return (where(far, x.abs() - 0.5, 0.5 * x * x).sum().ToDouble(), where(far, x.sign(), x));
        });
        Assert.True(result.Converged);
        Assert.True(result.Point.abs().max().ToDouble() < 1e-8, $"{result.Point.abs().max().ToDouble()} away");
    }

    [Fact]
    public void At_the_minimum_nothing_moves()
    {
        var result = new Lbfgs(new LbfgsOptions()).Minimize(ones(3), x => (0, zeros(3)));
        Assert.Equal((0, true), (result.Steps, result.Converged));
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        var (start, target) = (zeros(5), randn(5));
        var before = LiveTensors.Count();
        using (new Lbfgs(new LbfgsOptions { GradientTolerance = 0, ValueTolerance = -1, MaximumSteps = 20 })
            .Minimize(start, x => ((x - target).pow(4).sum().ToDouble(), 4 * (x - target).pow(3))).Point)
        {
            Assert.Equal(before + 1, LiveTensors.Count());
        }
    }
}
