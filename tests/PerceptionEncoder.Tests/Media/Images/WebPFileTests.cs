using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class WebPFileTests
{
    private const long Limit = 1_000_000;
    private static readonly byte[] Still = NoisePicture.LossyWebP;

    [Fact]
    public void The_first_frame_of_an_animation_is_its_picture_and_the_canvas_around_it_is_black()
    {
        var picture = ImageDecoders.Default.Decode(Still, Limit);
        var image = ImageDecoders.Default.Decode(Extended(40, 20, [.. Frame(4, 2, 33, 17), .. Frame(0, 0, 33, 17)]), Limit);

        Assert.Equal((40, 20, 3), (image.Width, image.Height, image.Channels));
        Assert.All(Enumerable.Range(0, 20), y => Assert.All(Enumerable.Range(0, 40), x =>
        {
            var inside = x is >= 4 and < 37 && y is >= 2 and < 19;
            var expected = inside ? picture.Pixels.AsSpan(3 * (((y - 2) * 33) + x - 4), 3).ToArray() : [0, 0, 0];
            Assert.Equal(expected, image.Pixels.AsSpan(3 * ((y * 40) + x), 3).ToArray());
        }));
    }

    [Fact]
    public void A_frame_outside_its_canvas_is_damage()
        => Assert.Equal("damaged image", Fault(Extended(34, 18, Frame(4, 2, 33, 17))).Reason);

    [Fact]
    public void A_picture_of_another_size_than_announced_is_refused_before_it_takes_memory()
    {
        byte[] lie = [.. Still[12..]];
        lie[14] = lie[16] = 0xFF; // 255 columns and more
        lie[15] = lie[17] = 0x3F;
        var before = GC.GetTotalAllocatedBytes();

        Assert.Equal("damaged image", Fault(Extended(33, 17, lie)).Reason);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 24);
    }

    private static ImageException Fault(byte[] file) => Assert.Throws<ImageException>(() => ImageDecoders.Default.Decode(file, Limit));

    private static byte[] Frame(int x, int y, int width, int height)
    {
        var picture = Still[12..];
        byte[] place = [.. Three(x / 2), .. Three(y / 2), .. Three(width - 1), .. Three(height - 1)];
        return [.. "ANMF"u8, .. BitConverter.GetBytes(16 + picture.Length), .. place, 0, 0, 0, 0, .. picture];
    }

    private static byte[] Extended(int width, int height, byte[] chunks)
    {
        byte[] body = [.. "WEBPVP8X"u8, 10, 0, 0, 0, 2, 0, 0, 0, .. Three(width - 1), .. Three(height - 1), .. chunks];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];
    }

    private static byte[] Three(int value) => BitConverter.GetBytes(value)[..3];
}
