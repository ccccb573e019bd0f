using CsCheck;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;

namespace PerceptionEncoder.Tests.Media.Images;

public class ImageTransformTests
{
    private static readonly Gen<Interpolation> Filters = Gen.Bool.Select(cubic => cubic ? Interpolation.Bicubic : Interpolation.Bilinear);

    [Fact]
    public void Every_size_and_filter_agrees_with_the_plain_algorithm()
        => Gen.Select(
            TestImages.Any.Where(image => image.Channels is 1 or 3),
            Gen.Int[1, 60],
            Gen.Int[1, 60],
            Filters).Sample((image, height, width, filter) =>
        {
            var planes = Enumerable.Range(0, 3)
                .Select(c => PlainResampler.Resize(TestImages.Channel(image, Math.Min(c, image.Channels - 1)), height, width, filter));
            var expected = planes.SelectMany(plane => plane.Cast<byte>());
            return expected.SequenceEqual(new ImageTransform(height, width, ImageFit.Squash, filter).Apply(image));
        }, iter: 300);

    [Fact]
    public void A_box_is_resized_as_if_it_were_the_whole_image()
        => Gen.Select(
            TestImages.Any,
            Gen.Double[0, 1],
            Gen.Double[0, 1],
            Gen.Double[0, 1],
            Gen.Double[0, 1],
            Filters).Sample((image, a, b, c, d, filter) =>
        {
            var (left, top) = ((int)(a * (image.Width - 1)), (int)(b * (image.Height - 1)));
            var box = new PixelBox(left, top, 1 + (int)(c * (image.Width - left - 1)), 1 + (int)(d * (image.Height - top - 1)));
            var inPlace = new byte[3 * 9 * 21];
            ModeAwareResize.ToRgb(image, box, (9, 21), new PixelBox(0, 0, 21, 9), filter, inPlace);
            return inPlace.SequenceEqual(new ImageTransform(9, 21, ImageFit.Squash, filter).Apply(TestImages.Crop(image, box)));
        }, iter: 300);

    [Fact]
    public void The_centre_crop_is_the_middle_of_the_resized_image()
    {
        var image = TestImages.Noise(50, 20, 3, 1);
        var cropped = new ImageTransform(10, 10, ImageFit.CenterCrop).Apply(image);
        var whole = new ImageTransform(10, 25).Apply(image);

        // (25 - 10) / 2 = 7.5 rounds to the even 8.
        Assert.Equal(whole.Chunk(25).SelectMany(row => row.Skip(8).Take(10)), cropped);
    }

    [Fact]
    public void An_image_of_the_right_size_is_not_changed()
    {
        var image = new DecodedImage(1, 2, 4, [10, 20, 30, 0, 40, 50, 60, 7], Indexed: false);

        Assert.Equal(new byte[] { 10, 40, 20, 50, 30, 60 }, new ImageTransform(2, 1).Apply(image));
    }

    [Fact]
    public void Colours_of_transparent_pixels_do_not_bleed()
    {
        var image = new DecodedImage(2, 1, 4, [255, 0, 0, 0, 0, 0, 200, 255], Indexed: false);

        // 8-bit premultiplied arithmetic: blue 100 and alpha 128 give back 199.
        Assert.Equal(new byte[] { 0, 0, 199 }, new ImageTransform(1, 1).Apply(image));
    }

    [Fact]
    public void Indexed_images_gain_no_new_colours()
    {
        var image = TestImages.Noise(40, 30, 3, 2) with { Indexed = true };
        var colours = image.Pixels.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2])).ToHashSet();
        var resized = new ImageTransform(7, 11).Apply(image);

        Assert.All(Enumerable.Range(0, 77), i => Assert.Contains((resized[i], resized[77 + i], resized[154 + i]), colours));
    }

    [Fact]
    public void A_centre_crop_is_square() => Assert.Throws<ArgumentException>(() => new ImageTransform(10, 11, ImageFit.CenterCrop));
}
