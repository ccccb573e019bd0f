using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

public sealed class StagePlanTests
{
    [Fact]
    public void Stages_lie_end_to_end_and_samples_round_up_to_whole_batches()
    {
        var plan = StagePlan.Lay(
        [
            new StageOptions { Resolution = 16, Samples = 1001, Batch = 100 },
            new StageOptions { Resolution = 32, Steps = 5, Batch = 64, MicroBatch = 16 },
        ]);

        Assert.Equal([(0L, 11L), (11L, 16L)], plan.Select(stage => (stage.FirstStep, stage.End)));
        Assert.Equal([1, 4], plan.Select(stage => stage.MicroBatches));
    }

    [Fact]
    public void A_stage_needs_either_samples_or_steps_and_whole_micro_batches()
    {
        Assert.Single(new StageOptions { Resolution = 16, Batch = 8 }.Problems());
        Assert.Single(new StageOptions { Resolution = 16, Batch = 8, Steps = 1, Samples = 1 }.Problems());
        Assert.Equal(
            "micro_batch",
            Assert.Single(new StageOptions { Resolution = 16, Batch = 8, Steps = 1, MicroBatch = 3 }.Problems()).Key);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cooldown_before_or_after_leaves_the_schedule_its_own_steps(bool first)
    {
        var (cooldown, scheduled) = (
            new StageOptions { Resolution = 16, Steps = 4, Batch = 8, CooldownRate = 2 },
            new StageOptions { Resolution = 16, Steps = 10, Batch = 8 });
        var plan = StagePlan.Lay(first ? [cooldown, scheduled] : [scheduled, cooldown]);
        var rates = Enumerable.Range(0, 14).Select(step => StagePlan.LearningRate(plan, step, (at, total) => (100 * total) + at)).ToArray();
        double[] falling = [2, 1.5, 1, 0.5];
        var schedule = Enumerable.Range(1000, 10).Select(rate => (double)rate);
        Assert.Equal(first ? falling.Concat(schedule) : schedule.Concat(falling), rates);
    }
}
