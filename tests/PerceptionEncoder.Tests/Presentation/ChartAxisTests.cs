using CsCheck;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tests.Presentation;

public class ChartAxisTests
{
    [Fact]
    public void A_rounded_axis_holds_the_data_and_has_a_few_even_ticks()
        => Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-6, 1e6]).Sample((low, span) =>
        {
            var axis = ChartAxis.Rounded(low, low + span);
            var steps = axis.Ticks.Zip(axis.Ticks.Skip(1), (one, next) => next - one).ToArray();
            Assert.True(axis.Low <= low + (span * 1e-6) && axis.High >= low + (span * (1 - 1e-6)));
            Assert.InRange(axis.Ticks.Count, 3, 9);
            Assert.All(steps, step => Assert.Equal(steps[0], step, span * 1e-3));
        });

    [Fact]
    public void Ticks_are_round_numbers()
        => Assert.Equal([0, 0.5, 1, 1.5, 2, 2.5], ChartAxis.Rounded(0, 2.4).Ticks);

    [Fact]
    public void Equal_values_still_have_a_range()
    {
        var axis = ChartAxis.Rounded(3, 3);
        Assert.True(axis.Low <= 3 && axis.High >= 3 && axis.High > axis.Low);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(15, 16)]
    [InlineData(16, 9)]
    [InlineData(49, 13)]
    public void A_counting_axis_has_whole_ticks_from_zero(int last, int ticks)
    {
        var axis = ChartAxis.Counting(last);
        Assert.Equal((0, ticks), (axis.Ticks[0], axis.Ticks.Count));
        Assert.All(axis.Ticks, tick => Assert.Equal(Math.Round(tick), tick));
        Assert.True(axis.Low < 0 && axis.High > last && axis.Ticks[^1] <= last);
    }
}
