using CsCheck;
using PerceptionEncoder.Tools.Inspection;

namespace PerceptionEncoder.Tests.Tools.Inspection;

public sealed class DistributionTests
{
    [Fact]
    public void Figures_are_those_of_the_sorted_numbers_and_every_number_is_in_one_bar()
        => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5000].Array[1, 400]).Sample((kind, values) =>
        {
            var step = kind switch { 0 => 1, 1 => 0.1, 2 => 0.5, _ => 0.05 };
            var numbers = new Distribution(step);
            foreach (var value in values)
            {
                numbers.Add(value * step);
            }

            var (summary, sorted) = (numbers.Summarize()!, values.Order().ToArray());
            Assert.Equal(values.Length, summary.Count);
            Close(sorted[0], summary.Least);
            Close(sorted[^1], summary.Most);
            Close(sorted[(int)Math.Ceiling(0.5 * sorted.Length) - 1], summary.Median);
            Close(sorted[(int)Math.Ceiling(0.95 * sorted.Length) - 1], summary.Percentile95);
            Close(values.Average(), summary.Mean);
            Assert.Equal(values.Length, summary.Histogram.Sum(bin => bin.Count));
            Assert.InRange(summary.Histogram.Count, 1, 80);
            for (var i = 0; i < summary.Histogram.Count; i++)
            {
                var (from, to, count) = summary.Histogram[i];
                Assert.True(from < to);
                Assert.Equal(i + 1 < summary.Histogram.Count ? summary.Histogram[i + 1].From : to, to);
                var isLast = i + 1 == summary.Histogram.Count;
                Assert.Equal(
                    values.Count(value => value * step > from - (step / 2) && (isLast || value * step < to - (step / 2))),
                    count);
            }

            void Close(double expected, double actual) => Assert.InRange(actual, (expected * step) - 1e-6, (expected * step) + 1e-6);
        });

    [Fact]
    public void Without_numbers_there_is_nothing_to_tell() => Assert.Null(new Distribution(1).Summarize());

    [Fact]
    public void A_few_far_out_do_not_press_the_others_into_one_bar()
    {
        var numbers = new Distribution(1);
        for (var i = 0; i < 1000; i++)
        {
            numbers.Add(i % 20);
        }

        numbers.Add(1_000_000);
        var bins = numbers.Summarize()!.Histogram;
        Assert.Equal(20, bins.Count);
        Assert.Equal((19, 1_000_000, 51), (bins[^1].From, bins[^1].To, bins[^1].Count));
    }
}
