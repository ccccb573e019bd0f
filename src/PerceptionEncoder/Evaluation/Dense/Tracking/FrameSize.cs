using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>The size at which a clip's frames are encoded, and how they get there.</summary>
/// <param name="Height">Pixels, whole patches.</param>
/// <param name="Width">Pixels, whole patches.</param>
internal readonly record struct FrameSize(int Height, int Width)
{
    /// <summary>DINO cuts the long side down to a multiple of this.</summary>
    private const int LongSteps = 64;

    /// <summary>As the protocol has it, then brought to whole patches where the patch asks for it.</summary>
    /// <param name="protocol">Whose.</param>
    /// <param name="shortSide">Pixels.</param>
    /// <param name="patch">Pixels a side.</param>
    /// <param name="height">Of the frame.</param>
    /// <param name="width">Of the frame.</param>
    public static FrameSize Of(TrackingProtocol protocol, int shortSide, int patch, int height, int width)
    {
        var (least, most) = (Math.Min(height, width), Math.Max(height, width));
        var (small, large) = (shortSide, (double)shortSide * most / least);
        if (protocol == TrackingProtocol.Dino)
        {
            // A small resolution has no 64 pixels to spare.
            var steps = shortSide >= LongSteps ? LongSteps : 1;
            (small, large) = (Down(small, patch), Down(Math.Floor(large / steps) * steps, patch));
        }
        else
        {
            small = Up(small, patch);
            large = Up((double)small * most / least, patch);
        }

        return height > width ? new FrameSize((int)large, small) : new FrameSize(small, (int)large);
    }

    /// <summary>DINO's resize: between the four nearest pixels, with no regard to those that are passed over, as OpenCV does.</summary>
    /// <param name="picture">In its own mode.</param>
    /// <returns>[3, height, width] RGB.</returns>
    public byte[] Lines(DecodedImage picture)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var planes = Planes(picture, (picture.Height, picture.Width), Interpolation.Nearest);
        if ((picture.Height, picture.Width) == (Height, Width))
        {
            return planes;
        }

        var resized = nn.functional.interpolate(
            tensor(planes).view(1, 3, picture.Height, picture.Width).to(float32),
            [Height, Width],
            mode: InterpolationMode.Bilinear,
            align_corners: false);
        return resized.round().to(uint8).data<byte>().ToArray();
    }

    /// <summary>DINOv3's resize: cubic, over all pixels.</summary>
    /// <param name="picture">In its own mode.</param>
    /// <returns>[3, height, width] RGB.</returns>
    public byte[] Cubic(DecodedImage picture) => Planes(picture, (Height, Width), Interpolation.Bicubic);

    private static byte[] Planes(DecodedImage picture, (int Height, int Width) size, Interpolation interpolation)
    {
        var planes = new byte[3 * size.Height * size.Width];
        ModeAwareResize.ToRgb(
            picture,
            new PixelBox(0, 0, picture.Width, picture.Height),
            size,
            new PixelBox(0, 0, size.Width, size.Height),
            interpolation,
            planes);
        return planes;
    }

    private static int Down(double side, int patch) => Math.Max(patch, (int)(side / patch) * patch);

    private static int Up(double side, int patch) => (int)Math.Ceiling(side / patch) * patch;
}
