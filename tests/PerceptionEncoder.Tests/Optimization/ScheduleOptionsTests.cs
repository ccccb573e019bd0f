using CsCheck;
using PerceptionEncoder.Optimization;

namespace PerceptionEncoder.Tests.Optimization;

public class ScheduleOptionsTests
{
    [Fact]
    public void Warm_up_rises_by_equal_steps_to_the_peak()
    {
        var schedule = new ScheduleOptions { WarmupSteps = 4 };
        Assert.Equal([0.5, 1, 1.5, 2], Enumerable.Range(0, 4).Select(step => schedule.LearningRate(step, 100, 2)));
    }

    [Theory]
    [InlineData(ScheduleKind.Cosine, 0.853553, 0.5, 0.146447)]
    [InlineData(ScheduleKind.Linear, 0.75, 0.5, 0.25)]
    [InlineData(ScheduleKind.Constant, 1.0, 1.0, 1.0)]
    public void After_warm_up_the_rate_follows_the_named_curve(ScheduleKind kind, double first, double second, double third)
    {
        var schedule = new ScheduleOptions { Type = kind, WarmupSteps = 10 };
        Assert.All(
            [(10L, 1.0), (35, first), (60, second), (85, third)],
            at => Assert.Equal(at.Item2, schedule.LearningRate(at.Item1, 110, 1), 1e-6));
    }

    [Fact]
    public void The_last_rate_is_the_final_share_of_the_peak_and_stays()
    {
        var schedule = new ScheduleOptions { WarmupSteps = 0, FinalShare = 0.01 };
        Assert.Equal(3e-5, schedule.LearningRate(50, 50, 3e-3), 1e-12);
        Assert.Equal(3e-5, schedule.LearningRate(80, 50, 3e-3), 1e-12);
    }

    [Fact]
    public void No_rate_is_negative_or_above_the_peak_whatever_the_lengths()
        => Gen.Select(Gen.Enum<ScheduleKind>(), Gen.Long[0, 500], Gen.Long[0, 500], Gen.Long[0, 600], Gen.Double[0, 1]).Sample(
            (kind, warmup, total, step, share) =>
            {
                var rate = new ScheduleOptions { Type = kind, WarmupSteps = warmup, FinalShare = share }.LearningRate(step, total, 2);
                Assert.InRange(rate, 0, 2.0000001);
            });
}
