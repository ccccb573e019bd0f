using CsCheck;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Data.Samples;

public class RandomResizedCropTests
{
    private static readonly AugmentationOptions Options = new();

    [Fact]
    public void The_crop_is_inside_the_image()
        => Gen.Select(Gen.Int[1, 5000], Gen.Int[1, 5000], Gen.ULong).Sample((width, height, seed) =>
        {
            var box = Draw(width, height, seed);
            return box.Left >= 0
                && box.Top >= 0
                && box.Width > 0
                && box.Height > 0
                && box.Left + box.Width <= width
                && box.Top + box.Height <= height;
        });

    [Fact]
    public void Area_and_aspect_stay_in_their_ranges_and_fill_them()
    {
        var boxes = Enumerable.Range(0, 2000).Select(seed => Draw(1000, 1000, (ulong)seed)).ToArray();
        var areas = boxes.Select(box => box.Width * box.Height / 1e6).ToArray();
        var aspects = boxes.Select(box => (double)box.Width / box.Height).ToArray();

        Assert.InRange(areas.Min(), 0.079, 0.09);
        Assert.InRange(areas.Max(), 0.98, 1);
        Assert.InRange(aspects.Min(), 0.745, 0.76);
        Assert.InRange(aspects.Max(), 1.31, 1.34);
    }

    [Fact]
    public void Crops_reach_every_edge_and_lie_as_often_at_one_as_at_the_other()
    {
        // A crop of a quarter of the area of 8x8 is 4x4: each of the five places down and across is as likely as another.
        var boxes = Enumerable.Range(0, 5000).Select(seed =>
        {
            var random = new SampleRandom((ulong)seed);
            return RandomResizedCrop.Draw(8, 8, new Interval(0.25, 0.25), new Interval(1, 1), ref random);
        }).ToArray();
        foreach (var places in new[] { boxes.Select(box => box.Top), boxes.Select(box => box.Left) })
        {
            var counts = places.GroupBy(place => place).OrderBy(group => group.Key).Select(group => group.Count()).ToArray();
            Assert.Equal(5, counts.Length);
            Assert.All(counts, count => Assert.InRange(count, 1000 - 145, 1000 + 145));         // five standard deviations
        }
    }

    [Fact]
    public void Wide_and_tall_crops_are_equally_likely()
    {
        // Uniform in the logarithm of the ratio: half the crops are taller than wide, and the mean of the logarithm is 0. Uniform in the
        // ratio it would be 0.2.
        var logs = Enumerable.Range(0, 4000).Select(seed =>
        {
            var random = new SampleRandom((ulong)seed);
            var box = RandomResizedCrop.Draw(1000, 1000, new Interval(0.1, 0.1), new Interval(0.25, 4), ref random);
            return Math.Log((double)box.Width / box.Height);
        }).ToArray();
        // five standard deviations of 0.8 / sqrt(4000)
        Assert.InRange(logs.Average(), -0.065, 0.065);
        Assert.InRange(logs.Count(log => log > 0) / 4000.0, 0.46, 0.54);
    }

    [Theory]
    [InlineData(3, 1000, 0, 498, 3, 4)]
    [InlineData(1000, 3, 498, 0, 4, 3)]
    [InlineData(1, 1000, 0, 499, 1, 1)]
    public void An_image_too_narrow_for_the_range_gives_the_middle(int width, int height, int left, int top, int cropWidth, int cropHeight)
    {
        // No crop of a tenth of the area has a valid aspect ratio in so narrow an image: all ten tries fail.
        var random = new SampleRandom(1);
        var box = RandomResizedCrop.Draw(width, height, new Interval(0.1, 1), Options.Aspect, ref random);

        Assert.Equal(new PixelBox(left, top, cropWidth, cropHeight), box);
    }

    private static PixelBox Draw(int width, int height, ulong seed)
    {
        var random = new SampleRandom(seed);
        return RandomResizedCrop.Draw(width, height, Options.CropScale!.Value, Options.Aspect, ref random);
    }
}
