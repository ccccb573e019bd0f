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
                // Within one of the exact quotient, below it where binary fractions fall short.
                Assert.InRange(indices[i], ((long)i * (total - 1) / (count - 1)) - 1, (long)i * (total - 1) / (count - 1));
                Assert.True(i == 0 || indices[i] >= indices[i - 1]);
            }
        });

    [Theory]
    [InlineData(8, 90, new[] { 0, 12, 25, 38, 50, 63, 76, 89 })]
    [InlineData(8, 1, new[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(8, 3, new[] { 0, 0, 0, 0, 1, 1, 1, 2 })]
    [InlineData(1, 90, new[] { 0 })]
    public void Uniform_indices_are_those_of_linspace_cut_to_integers(int count, int total, int[] expected)
        => Assert.Equal(expected, FrameIndices.Uniform(count, total));

    [Fact]
    public void A_product_that_falls_short_in_binary_is_cut_below_as_linspace_does()
        // np.linspace(0, 122, 15).astype(int)[7] is 60, though 7 * 122 / 14 is 61.
        => Assert.Equal(60, FrameIndices.Uniform(15, 123)[7]);

    [Fact]
    public void At_a_rate_the_frame_on_display_is_taken()
        => Assert.Equal([0, 2, 2, 3], FrameIndices.AtRate(2, [10, 10.2, 10.5, 11.4, 11.6]));

    [Fact]
    public void A_span_begins_with_the_frame_on_display_and_ends_before_its_end()
        => Assert.Equal((1, 2), FrameIndices.Within(0.3, 1.4, [10, 10.2, 10.5, 11.4, 11.6]));

    [Fact]
    public void A_span_behind_the_clip_has_no_frame()
        => Assert.Equal((0, 0), FrameIndices.Within(2, 3, [10, 10.2, 10.5, 11.4, 11.6]));
}
