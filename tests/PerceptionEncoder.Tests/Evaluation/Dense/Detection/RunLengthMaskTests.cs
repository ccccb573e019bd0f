using CsCheck;
using PerceptionEncoder.Evaluation.Dense.Detection;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Detection;

public sealed class RunLengthMaskTests
{
    private static readonly Gen<(int Height, int Width, byte[] One, byte[] Other)> Masks =
        from height in Gen.Int[1, 12]
        from width in Gen.Int[1, 12]
        from one in Gen.Byte[0, 1].Array[height * width]
        from other in Gen.Byte[0, 1].Array[height * width]
        select (height, width, one, other);

    [Fact]
    public void Pixels_come_back_from_text_and_from_counts()
        => Masks.Sample(masks =>
        {
            var mask = RunLengthMask.OfPixels(masks.Height, masks.Width, masks.One);
            Assert.Equal(masks.One, RunLengthMask.OfText(masks.Height, masks.Width, mask.ToText()).ToPixels());
            Assert.Equal(masks.One, RunLengthMask.OfCounts(masks.Height, masks.Width, mask.ToCounts()).ToPixels());
            Assert.Equal(masks.One.Sum(pixel => pixel), mask.Area);
        });

    [Fact]
    public void Masks_are_joined_and_cut_pixel_by_pixel()
        => Masks.Sample(masks =>
        {
            var one = RunLengthMask.OfPixels(masks.Height, masks.Width, masks.One);
            var other = RunLengthMask.OfPixels(masks.Height, masks.Width, masks.Other);
            Assert.Equal(masks.One.Zip(masks.Other, (a, b) => (byte)(a | b)), one.Union(other).ToPixels());
            Assert.Equal(masks.One.Zip(masks.Other, (a, b) => (byte)(a & b)), one.Intersection(other).ToPixels());
            Assert.Equal(one.Intersection(other).Area, one.IntersectionArea(other));
        });

    [Fact]
    public void The_box_is_the_smallest_around_the_pixels()
        => Masks.Sample(masks =>
        {
            var set = Enumerable.Range(0, masks.One.Length).Where(at => masks.One[at] > 0).ToArray();
            var (left, top) = (set.Select(at => at % masks.Width).DefaultIfEmpty().Min(), set.DefaultIfEmpty().Min() / masks.Width);
            Assert.Equal(
                set.Length == 0 ? default : new ObjectBox(
                    left,
                    top,
                    set.Max(at => at % masks.Width) - left + 1,
                    (set.Max() / masks.Width) - top + 1),
                RunLengthMask.OfPixels(masks.Height, masks.Width, masks.One).Box);
        });

    [Fact]
    public void Any_text_is_a_mask_or_is_refused()
        => Gen.Char[' ', '~'].Array[0, 12].Select(letters => new string(letters)).Sample(text =>
        {
            try
            {
                Assert.InRange(RunLengthMask.OfText(7, 5, text).Area, 0, 35);
            }
            catch (FormatException)
            {
            }
        });

    [Theory]
    [InlineData(new long[] { 3, 4 }, "cover 7 of 5x4")]
    [InlineData(new long[] { 3, 40 }, "do not fit")]
    [InlineData(new long[] { 30, -10 }, "do not fit")]
    [InlineData(new long[] { 3, long.MaxValue }, "do not fit")]
    public void Runs_of_another_picture_are_refused(long[] counts, string problem)
        => Assert.Contains(
            problem,
            Assert.Throws<FormatException>(() => RunLengthMask.OfCounts(4, 5, counts)).Message,
            StringComparison.Ordinal);
}
