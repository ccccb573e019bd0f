using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Data.Items;

public class ImageBorderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_is_inside_the_border_stays_as_it_is(int channels)
    {
        var image = new DecodedImage(5, 4, channels, [.. Enumerable.Range(0, 20 * channels).Select(i => (byte)i)], Indexed: false);

        var inside = ImageBorder.Remove(image, 1);

        Assert.Equal((3, 2, channels), (inside.Width, inside.Height, inside.Channels));
        Assert.Equal(
            new[] { 6, 7, 8, 11, 12, 13 }.SelectMany(pixel => Enumerable.Range(pixel * channels, channels)).Select(i => (byte)i),
            inside.Pixels);
    }

    [Fact]
    public void An_image_that_is_all_border_is_a_bad_sample()
        => Assert.Throws<BadSampleException>(() => ImageBorder.Remove(new DecodedImage(4, 9, 1, new byte[36], Indexed: false), 2));
}
