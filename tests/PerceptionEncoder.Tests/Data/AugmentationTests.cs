using CsCheck;
using PerceptionEncoder.Data;

namespace PerceptionEncoder.Tests.Data;

public class AugmentationTests
{
    private static readonly Augmentation Default = new(new AugmentationOptions());

    [Fact]
    public void A_seed_gives_one_result_of_the_wanted_size()
        => Gen.Select(TestImages.Any, Gen.Int[1, 40], Gen.Int[1, 40], Gen.ULong).Sample((image, height, width, seed) =>
        {
            var first = Default.Apply(image, height, width, seed);
            return first.Length == 3 * height * width && first.SequenceEqual(new Augmentation(new AugmentationOptions()).Apply(image, height, width, seed));
        }, iter: 300);

    [Fact]
    public void Different_seeds_give_different_results()
    {
        var image = TestImages.Noise(60, 50, 3, 1);

        Assert.Equal(100, Enumerable.Range(0, 100).Select(seed => Convert.ToHexString(Default.Apply(image, 8, 8, (ulong)seed))).Distinct().Count());
    }

    [Fact]
    public void With_everything_switched_off_it_is_the_transform_of_evaluation()
        => Gen.Select(TestImages.Any, Gen.ULong).Sample((image, seed)
            => new Augmentation(AugmentationOptions.None).Apply(image, 12, 17, seed).SequenceEqual(new ImageTransform(12, 17).Apply(image)), iter: 100);

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
    public void Brightness_stays_within_its_range()
    {
        var image = new PerceptionEncoder.Media.DecodedImage(1, 1, 3, [100, 100, 100], Indexed: false);
        var augmentation = new Augmentation(AugmentationOptions.None with { Brightness = 0.32 });
        var values = Enumerable.Range(0, 500).Select(seed => augmentation.Apply(image, 1, 1, (ulong)seed)[0]).ToArray();

        Assert.InRange(values.Min(), 67, 70);
        Assert.InRange(values.Max(), 130, 132);
    }
}
