using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class ImageDecodersTests
{
    private const long Limit = 1_000_000;
    private static readonly IImageDecoder Decoder = ImageDecoders.Default;

    [Fact]
    public void A_grey_picture_stays_grey()
    {
        var image = Decoder.Decode(PngBytes.Write(2, 1, 8, PngBytes.Grey, [7, 200]), Limit);

        AssertImage(new DecodedImage(2, 1, 1, [7, 200], Indexed: false), image);
    }

    [Fact]
    public void Grey_of_two_bits_is_spread_to_the_full_range_and_is_not_indexed()
    {
        var image = Decoder.Decode(PngBytes.Write(4, 1, 2, PngBytes.Grey, [0b00_01_10_11]), Limit);

        AssertImage(new DecodedImage(4, 1, 1, [0, 85, 170, 255], Indexed: false), image);
    }

    [Fact]
    public void Single_bits_count_as_indexed()
    {
        var image = Decoder.Decode(PngBytes.Write(3, 1, 1, PngBytes.Grey, [0b0100_0000]), Limit);

        AssertImage(new DecodedImage(3, 1, 1, [0, 255, 0], Indexed: true), image);
    }

    [Fact]
    public void Colours_come_in_the_order_red_green_blue()
    {
        var image = Decoder.Decode(PngBytes.Write(1, 2, 8, PngBytes.Rgb, [1, 2, 3, 4, 5, 6]), Limit);

        AssertImage(new DecodedImage(1, 2, 3, [1, 2, 3, 4, 5, 6], Indexed: false), image);
    }

    [Fact]
    public void Alpha_comes_last_and_changes_no_colour()
    {
        var rgba = Decoder.Decode(PngBytes.Write(2, 1, 8, PngBytes.Rgba, [1, 2, 3, 0, 4, 5, 6, 128]), Limit);
        var greyAlpha = Decoder.Decode(PngBytes.Write(2, 1, 8, PngBytes.GreyAlpha, [9, 0, 8, 128]), Limit);

        AssertImage(new DecodedImage(2, 1, 4, [1, 2, 3, 0, 4, 5, 6, 128], Indexed: false), rgba);
        AssertImage(new DecodedImage(2, 1, 2, [9, 0, 8, 128], Indexed: false), greyAlpha);
    }

    [Fact]
    public void Sixteen_bits_keep_their_upper_eight()
    {
        var grey = Decoder.Decode(PngBytes.Write(2, 1, 16, PngBytes.Grey, [7, 255, 200, 0]), Limit);
        var rgba = Decoder.Decode(PngBytes.Write(1, 1, 16, PngBytes.Rgba, [1, 99, 2, 255, 3, 0, 4, 128]), Limit);

        AssertImage(new DecodedImage(2, 1, 1, [7, 200], Indexed: false), grey);
        AssertImage(new DecodedImage(1, 1, 4, [1, 2, 3, 4], Indexed: false), rgba);
    }

    [Fact]
    public void A_palette_gives_its_colours_without_transparency()
    {
        var file = PngBytes.Write(2, 1, 8, PngBytes.Palette, [1, 0], ("PLTE", [10, 20, 30, 40, 50, 60]), ("tRNS", [255, 0]));

        AssertImage(new DecodedImage(2, 1, 3, [40, 50, 60, 10, 20, 30], Indexed: true), Decoder.Decode(file, Limit));
    }

    [Fact]
    public void A_size_above_the_limit_is_refused_from_the_header_alone()
    {
        var header = PngBytes.Write(30_000, 30_000, 1, PngBytes.Grey, [])[..33];

        Assert.Equal("too many pixels", Fault(header).Reason);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        // What stands behind the rows of a PNG, checksums and IEND, need not be there.
        (byte[], int)[] files = [(NoisePicture.Jpeg, 0), (NoisePicture.Png, 30), (NoisePicture.LossyWebP, 0), (NoisePicture.Bmp, 0)];
        foreach (var (whole, tail) in files)
        {
            Decoder.Decode(whole, Limit);
            for (var length = 0; length < whole.Length - tail; length++)
            {
                Assert.Contains(Fault(whole[..length]).Reason, new[] { "empty file", "not an image", "truncated image" });
            }
        }
    }

    [Fact]
    public void A_bad_checksum_is_damage()
    {
        byte[] file = [.. NoisePicture.Png];
        file[file.Length / 2] ^= 8;

        Assert.Equal("damaged image", Fault(file).Reason);
    }

    [Fact]
    public void Text_is_not_an_image() => Assert.Equal("not an image", Fault("once upon a time"u8.ToArray()).Reason);

    [Fact]
    public void Threads_share_one_decoder()
    {
        var file = NoisePicture.Jpeg;
        var alone = Decoder.Decode(file, Limit).Pixels;

        Parallel.For(0, 64, _ => Assert.Equal(alone, Decoder.Decode(file, Limit).Pixels));
    }

    [Fact]
    public void Without_libjpeg_turbo_JPEG_is_read_too_and_one_line_says_that_pixels_differ()
    {
        var lines = new List<string>();
        var decoder = ImageDecoders.Choose(TurboJpeg.Load(["libNoSuchLibrary.so.0"]), lines.Add);
        decoder.Decode(NoisePicture.Png, Limit);
        Assert.Empty(lines);

        var image = decoder.Decode(NoisePicture.Jpeg, Limit);
        decoder.Decode(NoisePicture.Jpeg, Limit);

        Assert.Equal((33, 17, 3, 3 * 33 * 17), (image.Width, image.Height, image.Channels, image.Pixels.Length));
        Assert.Contains("libjpeg-turbo", Assert.Single(lines));
        Assert.DoesNotContain('\n', lines[0]);
    }

    [Fact]
    public void A_palette_that_is_too_short_goes_on_in_greys_as_in_PIL()
    {
        var file = PngBytes.Write(4, 1, 8, PngBytes.Palette, [0, 1, 2, 7], ("PLTE", [10, 20, 30, 40, 50, 60]));

        AssertImage(new DecodedImage(4, 1, 3, [10, 20, 30, 40, 50, 60, 2, 2, 2, 7, 7, 7], Indexed: true), Decoder.Decode(file, Limit));
    }

    private static ImageException Fault(byte[] file) => Assert.Throws<ImageException>(() => Decoder.Decode(file, Limit));

    private static void AssertImage(DecodedImage expected, DecodedImage actual)
    {
        Assert.Equal(expected.Pixels, actual.Pixels);
        Assert.Equal(expected, actual with { Pixels = expected.Pixels });
    }
}
