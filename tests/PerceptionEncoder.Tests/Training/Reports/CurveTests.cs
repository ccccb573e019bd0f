using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Tests.Training.Reports;

public class CurveTests
{
    [Fact]
    public void Smoothing_takes_the_noise_and_leaves_the_trend()
    {
        var noisy = Enumerable.Range(0, 1000).Select(step => ((double)step, step + (step % 2 == 0 ? 50.0 : -50.0))).ToArray();
        Assert.All(Curve.Smoothed(noisy).Skip(10).SkipLast(10), point => Assert.Equal(point.X, point.Y, 3.0));
    }

    [Fact]
    public void Thinning_keeps_the_mean_and_the_last_value()
    {
        var points = Enumerable.Range(0, 5001).Select(step => ((double)step, (double)(step % 7))).ToArray();
        var thinned = Curve.Thinned(points);
        Assert.InRange(thinned.Count, 200, 402);
        Assert.Equal(points[^1], thinned[^1]);
        Assert.Equal(points.Average(point => point.Item2), thinned.Average(point => point.Y), 0.05);
    }
}
