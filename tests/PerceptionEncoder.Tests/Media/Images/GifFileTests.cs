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
}
