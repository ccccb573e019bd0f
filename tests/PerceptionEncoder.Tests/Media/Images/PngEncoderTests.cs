using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class PngEncoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Pixels_come_back_as_they_were(int channels)
    {
        var pixels = new byte[5 * 7 * channels];
        new Random(1).NextBytes(pixels);
        var file = PngEncoder.Encode(new DecodedImage(7, 5, channels, pixels, Indexed: false));
        var stored = ImageDecoders.Default.Decode(file, maximumPixels: 35);
        Assert.Equal((7, 5, channels, false), (stored.Width, stored.Height, stored.Channels, stored.Indexed));
        Assert.Equal(pixels, stored.Pixels);
        Assert.Equal(file, PngEncoder.Encode(stored));
    }

    [Fact]
    public void Grey_with_alpha_is_refused()
        => Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new DecodedImage(1, 1, 2, new byte[2], Indexed: false)));
}
