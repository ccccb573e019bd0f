using PerceptionEncoder.Evaluation.Probes;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class ProbeSplitTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 100).Select(i => i % 4 == 3 ? 1 : 0), 2];

    [Fact]
    public void The_held_out_part_has_its_share_of_every_class_and_no_image_is_in_both()
    {
        var split = ProbeSplit.Draw(Labels, new ProbeOptions { HeldOut = 0.2 });

        Assert.Equal((15, 5, 0), (Count(split.HeldOut, 0), Count(split.HeldOut, 1), Count(split.HeldOut, 2)));
        Assert.Equal(Enumerable.Range(0, 101), split.Fit.Concat(split.HeldOut).Order());
        Assert.Equal(Enumerable.Range(0, 101), split.Final);
    }

    [Fact]
    public void Shots_are_learned_from_and_up_to_four_more_are_held_out()
    {
        var split = ProbeSplit.Draw(Labels, new ProbeOptions { Shots = 8 });

        Assert.Equal((8, 8, 1), (Count(split.Fit, 0), Count(split.Fit, 1), Count(split.Fit, 2)));
        Assert.Equal((4, 4, 0), (Count(split.HeldOut, 0), Count(split.HeldOut, 1), Count(split.HeldOut, 2)));
        Assert.Equal(split.Fit, split.Final);
        Assert.Empty(split.Fit.Intersect(split.HeldOut));
    }

    [Fact]
    public void What_is_drawn_depends_on_the_seed_alone()
    {
        Assert.Equal(
            ProbeSplit.Draw(Labels, new ProbeOptions { Seed = 1 }).HeldOut,
            ProbeSplit.Draw(Labels, new ProbeOptions { Seed = 1 }).HeldOut);
        Assert.NotEqual(
            ProbeSplit.Draw(Labels, new ProbeOptions { Seed = 1 }).HeldOut,
            ProbeSplit.Draw(Labels, new ProbeOptions { Seed = 2 }).HeldOut);
        Assert.Equal(12 + 12 + 1, ProbeSplit.Shots([.. Labels, -1], 8, 1).Count);
    }

    private static int Count(IReadOnlyList<int> rows, int label) => rows.Count(row => Labels[row] == label);
}
