using CsCheck;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Data.Samples;

public class AugmentationTests
{
    private static readonly Augmentation Default = new(new AugmentationOptions());

    [Fact]
    public void A_seed_gives_one_result_of_the_wanted_size()
        => Gen.Select(TestImages.Any, Gen.Int[1, 40], Gen.Int[1, 40], Gen.ULong).Sample((image, height, width, seed) =>
        {
            var first = Default.Apply(image, height, width, seed);
            return first.Length == 3 * height * width
                && first.SequenceEqual(new Augmentation(new AugmentationOptions()).Apply(image, height, width, seed));
        }, iter: 300);

    [Fact]
    public void Different_seeds_give_different_results()
    {
        var image = TestImages.Noise(60, 50, 3, 1);

        Assert.Equal(
            100,
            Enumerable.Range(0, 100).Select(seed => Convert.ToHexString(Default.Apply(image, 8, 8, (ulong)seed))).Distinct().Count());
    }

    [Fact]
    public void With_everything_switched_off_it_is_the_transform_of_evaluation()
        => Gen.Select(TestImages.Any, Gen.ULong).Sample((image, seed)
            => new Augmentation(AugmentationOptions.None)
                .Apply(image, 12, 17, seed)
                .SequenceEqual(new ImageTransform(12, 17).Apply(image)), iter: 100);

    [Fact]
    public void A_flip_mirrors_every_row()
    {
        var image = TestImages.Noise(20, 30, 3, 1);
        var straight = new ImageTransform(5, 9).Apply(image);
        var flipped = new Augmentation(AugmentationOptions.None with { Flip = 1 }).Apply(image, 5, 9, 3);

        Assert.Equal(straight.Chunk(9).SelectMany(row => row.Reverse()), flipped);
    }

    [Fact]
    public void Half_of_the_images_are_flipped()
    {
        var image = TestImages.Noise(2, 1, 3, 1);
        var straight = new ImageTransform(1, 2).Apply(image);
        var augmentation = new Augmentation(AugmentationOptions.None with { Flip = 0.5 });
        var kept = Enumerable.Range(0, 2000).Count(seed => augmentation.Apply(image, 1, 2, (ulong)seed).SequenceEqual(straight));

        Assert.InRange(kept, 900, 1100);
    }

    [Fact]
    public void Switching_one_change_off_leaves_the_others_as_they_were()
    {
        var image = TestImages.Noise(20, 30, 3, 1);
        var both = new Augmentation(new AugmentationOptions { Brightness = 0, Saturation = 0, Flip = 0 });
        var flipped = new Augmentation(new AugmentationOptions { Brightness = 0, Saturation = 0, Flip = 1 });

        Assert.Equal(both.Apply(image, 6, 6, 11).Chunk(6).SelectMany(row => row.Reverse()), flipped.Apply(image, 6, 6, 11));
    }

    [Fact]
    public void Contrast_and_hue_leave_the_numbers_of_the_other_changes_as_they_were()
    {
        // A single grey pixel has neither contrast nor hue.
        var image = new PerceptionEncoder.Media.Images.DecodedImage(1, 1, 3, [100, 100, 100], Indexed: false);
        var without = new Augmentation(new AugmentationOptions());
        var with = new Augmentation(new AugmentationOptions { Contrast = 0.5, Hue = 0.5 });

        Assert.All(
            Enumerable.Range(0, 200),
            seed => Assert.Equal(without.Apply(image, 1, 1, (ulong)seed), with.Apply(image, 1, 1, (ulong)seed)));
    }

    [Theory]
    [InlineData(0.3, 0)]
    [InlineData(0, 0.3)]
    public void Contrast_and_hue_differ_from_image_to_image(double contrast, double hue)
    {
        var image = TestImages.Noise(12, 12, 3, 1);
        var augmentation = new Augmentation(AugmentationOptions.None with { Contrast = contrast, Hue = hue });

        Assert.InRange(
            Enumerable.Range(0, 50).Select(seed => Convert.ToHexString(augmentation.Apply(image, 12, 12, (ulong)seed))).Distinct().Count(),
            30,
            50);
    }

    [Fact]
    public void Colours_change_in_the_share_of_images_that_the_probability_says()
    {
        var image = TestImages.Noise(6, 6, 3, 1);
        var straight = new ImageTransform(6, 6).Apply(image);
        var options = AugmentationOptions.None with
        {
            Brightness = 0.3,
            Saturation = 0.3,
            Contrast = 0.3,
            Hue = 0.3,
            JitterProbability = 0.25,
        };
        int Kept(AugmentationOptions used)
            => Enumerable.Range(0, 1000).Count(seed => new Augmentation(used).Apply(image, 6, 6, (ulong)seed).SequenceEqual(straight));

        Assert.InRange(Kept(options), 700, 800);
        Assert.Equal((1000, 0), (Kept(options with { JitterProbability = 0 }), Kept(options with { JitterProbability = 1 })));
    }

    [Fact]
    public void Brightness_stays_within_its_range()
    {
        var image = new PerceptionEncoder.Media.Images.DecodedImage(1, 1, 3, [100, 100, 100], Indexed: false);
        var augmentation = new Augmentation(AugmentationOptions.None with { Brightness = 0.32 });
        var values = Enumerable.Range(0, 500).Select(seed => augmentation.Apply(image, 1, 1, (ulong)seed)[0]).ToArray();

        Assert.InRange(values.Min(), 67, 70);
        Assert.InRange(values.Max(), 130, 132);
    }
}
