using CsCheck;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

public class FrameIndicesTests
{
    [Fact]
    public void Uniform_indices_run_from_the_first_frame_to_the_last_in_steps_that_differ_by_rounding_only()
        => Gen.Select(Gen.Int[2, 64], Gen.Int[1, 5000]).Sample((count, total) =>
        {
            var indices = FrameIndices.Uniform(count, total);
            Assert.Equal((count, 0, total - 1), (indices.Length, indices[0], indices[^1]));
            for (var i = 0; i < count; i++)
            {
                Assert.Equal((long)i * (total - 1) / (count - 1), indices[i]);
                Assert.True(i == 0 || indices[i] >= indices[i - 1]);
            }
        });

    [Theory]
    [InlineData(8, 90, new[] { 0, 12, 25, 38, 50, 63, 76, 89 })]
    [InlineData(8, 1, new[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(8, 3, new[] { 0, 0, 0, 0, 1, 1, 1, 2 })]
    [InlineData(1, 90, new[] { 45 })]
    [InlineData(1, 7, new[] { 3 })]
    [InlineData(1, 1, new[] { 0 })]
    public void Uniform_indices_are_the_published_ones_and_a_single_frame_is_the_middle_one(int count, int total, int[] expected)
        => Assert.Equal(expected, FrameIndices.Uniform(count, total));

    [Fact]
    public void An_exact_quotient_is_not_cut_below_by_a_step_that_is_rounded_first()
        // 7 * 122 / 14 is 61 exactly; 7 times the rounded 122 / 14 is just below it.
        => Assert.Equal(61, FrameIndices.Uniform(15, 123)[7]);

    [Fact]
    public void At_a_rate_the_frame_on_display_is_taken()
        => Assert.Equal([0, 2, 2, 3], FrameIndices.AtRate(2, [10, 10.2, 10.5, 11.4, 11.6]));

    [Fact]
    public void A_span_begins_with_the_frame_on_display_and_ends_before_its_end()
        => Assert.Equal((1, 2), FrameIndices.Within(0.3, 1.4, [10, 10.2, 10.5, 11.4, 11.6]));

    [Fact]
    public void A_span_behind_the_clip_has_no_frame()
        => Assert.Equal((0, 0), FrameIndices.Within(2, 3, [10, 10.2, 10.5, 11.4, 11.6]));

    [Fact]
    public void Windows_begin_with_the_clip_end_with_it_and_no_frame_comes_twice()
        => Gen.Select(Gen.Int[2, 40], Gen.Int[1, 50], Gen.Int[0, 5000]).Sample((count, window, more) =>
        {
            var total = (count * window) + more;
            var indices = FrameIndices.Windows(count, window, total);
            Assert.Equal(count * window, indices.Distinct().Count());
            Assert.Equal((0, total - 1), (indices[0], indices[^1]));
            Assert.All(indices.Chunk(window), chunk => Assert.Equal(window - 1, chunk[^1] - chunk[0]));
        });
}
