using CsCheck;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class ReducedDecodingTests
{
    private const long Limit = 1_000_000;
    private static readonly IImageDecoder Decoder = ImageDecoders.Default;
    private static readonly DecodedImage Photo = Waves(333, 217);
    private static readonly byte[] Jpeg = JpegEncoder.Encode(Photo);

    [Fact]
    public void A_reduced_crop_has_the_pixels_that_it_is_resized_to_and_lies_in_the_reduced_picture()
        => Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 3000], Gen.Int[1, 400], Gen.Int[0, 10_000], Gen.Int[0, 10_000]).Sample(
            (width, height, target, from, share) =>
            {
                var (left, top) = (from % width, from % height);
                var box = new PixelBox(left, top, 1 + (share % (width - left)), 1 + (share % (height - top)));
                var divisor = ReducedDecoding.Divisor(box, target, target);
                var reduced = ReducedDecoding.Reduce(box, divisor);
                Assert.True(divisor == 1 || (reduced.Width >= target && reduced.Height >= target));
                Assert.True(reduced.Left >= 0 && reduced.Left + reduced.Width <= ReducedDecoding.Side(width, divisor));
                Assert.True(reduced.Top >= 0 && reduced.Top + reduced.Height <= ReducedDecoding.Side(height, divisor));
                Assert.True(divisor == 8 || box.Width < 17 * target || box.Height < 17 * target);
            });

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Pixels_of_a_reduced_picture_are_about_the_means_of_the_whole(int divisor)
    {
        var reduced = TransientImage.Decode(Decoder, Jpeg, Limit, divisor);
        Assert.Equal((ReducedDecoding.Side(333, divisor), ReducedDecoding.Side(217, divisor)), (reduced.Width, reduced.Height));
        for (var y = 0; y < 217 / divisor; y++)
        {
            for (var x = 0; x < 333 / divisor; x++)
            {
                var sum = 0;
                for (var i = 0; i < divisor * divisor; i++)
                {
                    sum += Photo.Pixels[3 * ((((y * divisor) + (i / divisor)) * 333) + (x * divisor) + (i % divisor))];
                }

                Assert.InRange(reduced.Pixels[3 * ((y * reduced.Width) + x)] - (sum / (divisor * divisor)), -12, 12);
            }
        }
    }

    [Fact]
    public void Other_formats_come_whole()
    {
        var whole = TransientImage.Decode(Decoder, NoisePicture.Png, Limit, 8);
        Assert.Equal((NoisePicture.Width, NoisePicture.Height), (whole.Width, whole.Height));
    }

    [Fact]
    public void Pictures_of_one_thread_share_memory_until_the_next_and_are_those_of_the_plain_decoder()
    {
        var first = TransientImage.Decode(Decoder, Jpeg, Limit);
        Assert.Equal(Decoder.Decode(Jpeg, Limit).Pixels, first.Pixels[..(3 * 333 * 217)]);
        var second = TransientImage.Decode(Decoder, NoisePicture.Jpeg, Limit);
        Assert.Same(first.Pixels, second.Pixels);
        Assert.Equal(Decoder.Decode(NoisePicture.Jpeg, Limit).Pixels, second.Pixels[..(3 * NoisePicture.Width * NoisePicture.Height)]);
    }

    [Fact]
    public void A_training_image_no_larger_than_its_crop_needs_is_the_same_to_the_bit_and_a_larger_one_nearly()
    {
        var augmentation = new Augmentation(new AugmentationOptions { CropScale = new(0.5, 1) });
        for (var seed = 0UL; seed < 20; seed++)
        {
            // No side of a crop reaches twice 200 pixels, all reach twice 24.
            Assert.Equal(0, Difference(200, seed));
            Assert.InRange(Difference(24, seed), 0.01, 4);
        }

        double Difference(int side, ulong seed)
        {
            var reduced = new byte[3 * side * side];
            augmentation.Apply(Jpeg, Decoder, Limit, reduce: true, side, side, seed, reduced);
            return augmentation.Apply(Decoder.Decode(Jpeg, Limit), side, side, seed)
                .Zip(reduced, (whole, part) => (double)Math.Abs(whole - part)).Average();
        }
    }

    [Fact]
    public void A_crop_of_a_file_is_that_of_the_whole_picture_to_the_bit_though_rows_below_it_are_left_out()
    {
        Assert.Equal((333, 96), Size(Jpeg, rows: 50));
        Assert.Equal((333, 217), Size(Jpeg, rows: 180));
        Assert.Equal((NoisePicture.Width, NoisePicture.Height), Size(NoisePicture.ProgressiveJpeg, rows: 1));
        var augmentation = new Augmentation(new AugmentationOptions());
        byte[][] files = [Jpeg, NoisePicture.Jpeg, NoisePicture.ProgressiveJpeg, NoisePicture.Png];
        for (var i = 0; i < 200; i++)
        {
            var (file, seed, planes) = (files[i % files.Length], (ulong)i, new byte[3 * 20 * 20]);
            augmentation.Apply(file, Decoder, Limit, reduce: false, 20, 20, seed, planes);
            Assert.Equal(augmentation.Apply(Decoder.Decode(file, Limit), 20, 20, seed), planes);
        }

        static (int, int) Size(byte[] file, int rows)
            => TransientImage.Decode(Decoder, file, Limit, rows: rows) is var image ? (image.Width, image.Height) : default;
    }

    private static DecodedImage Waves(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % width, i / 3 / width);
            pixels[i] = (byte)(128 + (60 * Math.Sin((x / 51.0) + (i % 3))) + (60 * Math.Cos(y / 69.0)));
        }

        return new DecodedImage(width, height, 3, pixels, Indexed: false);
    }
}
