using System.Text;
using CsCheck;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public sealed class PixmapFileTests
{
    [Theory]
    [InlineData("P6 2 1 255 ", 3)]
    [InlineData("P6\n# by hand\n2\t1\n#x\n255\n", 3)]
    [InlineData("P5\r\n2 1\r\n255\n", 1)]
    public void Pixels_are_those_of_the_file(string head, int channels)
    {
        byte[] pixels = [.. Enumerable.Range(200, 2 * channels).Select(value => (byte)value)];
        var decoded = ImageDecoders.Default.Decode([.. Encoding.ASCII.GetBytes(head), .. pixels], 100);
        Assert.Equal((2, 1, channels), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.Equal(pixels, decoded.Pixels);
    }

    [Theory]
    [InlineData("P6 2 1 255 abcde", "truncated image")]
    [InlineData("P6 2 1", "truncated image")]
    [InlineData("P6 2 1 65535 abcdef", "unsupported image")]
    [InlineData("P6 2 x 255 abcdef", "damaged image")]
    [InlineData("P6 0 1 255 abcdef", "damaged image")]
    [InlineData("P6 100 100 255 a", "truncated image")]
    [InlineData("P3 2 1 255 1 2 3 4 5 6", "not an image")]
    public void What_is_not_right_is_refused(string file, string reason)
        => Assert.Equal(
            reason,
            Assert.Throws<ImageException>(() => ImageDecoders.Default.Decode(Encoding.ASCII.GetBytes(file), 1000)).Reason);

    [Fact]
    public void Any_bytes_are_a_picture_or_refused()
        => Gen.Select(Gen.Bool, Gen.Byte.Array[0, 60]).Sample((isColour, bytes) =>
        {
            byte[] file = [.. Encoding.ASCII.GetBytes(isColour ? "P6 " : "P5 "), .. bytes];
            try
            {
                var decoded = ImageDecoders.Default.Decode(file, 1000);
                Assert.Equal(decoded.Width * decoded.Height * decoded.Channels, decoded.Pixels.Length);
            }
            catch (ImageException)
            {
                // Refused, as most are.
            }
        });
}
