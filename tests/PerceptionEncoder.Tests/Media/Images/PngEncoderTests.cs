using OpenCvSharp;
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
        using var stored = Cv2.ImDecode(PngEncoder.Encode(new DecodedImage(7, 5, channels, pixels, Indexed: false)), ImreadModes.Unchanged);
        Assert.Equal((7, 5, channels), (stored.Width, stored.Height, stored.Channels()));
        for (var pixel = 0; pixel < 5 * 7; pixel++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                // OpenCV keeps blue first.
                var theirs = channels >= 3 && channel < 3 ? 2 - channel : channel;
                Assert.Equal(
                    pixels[(pixel * channels) + channel],
                    System.Runtime.InteropServices.Marshal.ReadByte(stored.Ptr(pixel / 7, pixel % 7), theirs));
            }
        }
    }

    [Fact]
    public void Grey_with_alpha_is_refused()
        => Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new DecodedImage(1, 1, 2, new byte[2], Indexed: false)));
}
