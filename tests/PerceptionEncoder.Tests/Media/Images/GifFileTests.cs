using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class GifFileTests
{
    /// <summary>Three pixels of palette indices 0, 1, 1, of which index 1 is transparent; then a second frame that is cut off.</summary>
    private static readonly byte[] TransparentGif =
    [
        .. "GIF89a"u8, 3, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 200, 100, 50,
        0x21, 0xF9, 4, 1, 0, 0, 1, 0,
        0x2C, 0, 0, 0, 0, 3, 0, 1, 0, 0, 2, 2, 0x44, 0x52, 0,
        0x2C, 0, 0,
    ];

    [Fact]
    public void Transparent_pixels_show_their_palette_colour_and_later_frames_do_not_matter()
    {
        var image = ImageDecoders.Default.Decode(TransparentGif, 100);

        Assert.True(image.Indexed);
        Assert.Equal(new byte[] { 10, 20, 30, 200, 100, 50, 200, 100, 50 }, image.Pixels);
    }

    [Fact]
    public void A_first_frame_that_is_cut_is_refused()
    {
        var error = Assert.Throws<ImageException>(() => ImageDecoders.Default.Decode(TransparentGif.AsSpan(0, 40), 100));

        Assert.Equal("truncated image", error.Reason);
    }

    [Fact]
    public void A_picture_smaller_than_its_canvas_lies_in_the_first_colour_and_a_larger_one_enlarges_it()
    {
        byte[] small =
        [
            .. "GIF89a"u8, 5, 0, 2, 0, 0x80, 0, 0, 10, 20, 30, 200, 100, 50,
            0x2C, 1, 0, 1, 0, 3, 0, 1, 0, 0, 2, 2, 0x44, 0x52, 0, 0x3B,
        ];
        byte[] large =
        [
            .. "GIF89a"u8, 2, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 200, 100, 50,
            0x2C, 0, 0, 0, 0, 3, 0, 1, 0, 0, 2, 2, 0x44, 0x52, 0, 0x3B,
        ];

        var red = ImageDecoders.Default.Decode(small, 100).Pixels.Where((_, i) => i % 3 == 0);

        Assert.Equal(new byte[] { 10, 10, 10, 10, 10, 10, 10, 200, 200, 10 }, red);
        Assert.Equal((3, 1), (ImageDecoders.Default.Decode(large, 100).Width, ImageDecoders.Default.Decode(large, 100).Height));
    }

    [Fact]
    public void Codes_that_end_before_the_picture_does_are_a_cut()
    {
        byte[] file =
        [
            .. "GIF89a"u8, 4, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 200, 100, 50,
            0x2C, 0, 0, 0, 0, 4, 0, 1, 0, 0, 2, 2, 0x44, 0x52, 0, 0x3B,
        ];

        Assert.Equal("truncated image", Assert.Throws<ImageException>(() => ImageDecoders.Default.Decode(file, 100)).Reason);
    }
}
