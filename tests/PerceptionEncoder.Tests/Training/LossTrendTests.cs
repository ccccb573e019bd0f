using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

public sealed class LossTrendTests
{
    private static readonly DivergenceOptions Options = new() { Factor = 2, Patience = 5 };

    [Fact]
    public void A_loss_that_goes_up_for_good_is_counted_from_where_it_passes_the_factor()
    {
        var trend = Follow(null, 0, Enumerable.Repeat(2.0, 50));
        Assert.Equal(0, trend.StepsAbove);
        trend = Follow(trend, 0, Enumerable.Repeat(10.0, 60));
        Assert.True(trend.StepsAbove > Options.Patience);
        Assert.Equal(2, trend.Lowest, 1e-9);
    }

    [Fact]
    public void A_spike_is_forgotten()
    {
        var trend = Follow(null, 0, [.. Enumerable.Repeat(2.0, 50), 30, 30, 30, .. Enumerable.Repeat(2.0, 100)]);
        Assert.Equal(0, trend.StepsAbove);
    }

    [Fact]
    public void Doubling_a_tiny_loss_is_no_divergence()
        => Assert.Equal(0, Follow(null, 0, [.. Enumerable.Repeat(0.01, 50), .. Enumerable.Repeat(0.5, 100)]).StepsAbove);

    [Fact]
    public void A_new_stage_starts_anew()
    {
        var trend = Follow(Follow(null, 0, Enumerable.Repeat(1.0, 50)), 1, [8]);
        Assert.Equal((1, 8.0, 8.0, 0), (trend.Stage, trend.Smoothed, trend.Lowest, trend.StepsAbove));
    }

    private static LossTrend Follow(LossTrend? trend, int stage, IEnumerable<double> losses)
        => losses.Aggregate(trend, (before, loss) => LossTrend.After(before, stage, loss, Options))!;
}
