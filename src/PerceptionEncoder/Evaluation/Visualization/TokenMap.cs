using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A colour for every patch of an image.</summary>
/// <param name="Height">Patches.</param>
/// <param name="Width">Patches.</param>
/// <param name="Colors">[height, width, 3] RGB.</param>
internal sealed record TokenMap(int Height, int Width, byte[] Colors)
{
    /// <summary>As a picture of any size.</summary>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="smooth">Blend between the middles of patches, not one square a patch.</param>
    public DecodedImage Enlarge(int height, int width, bool smooth)
    {
        var pixels = new byte[3 * height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[(((y * width) + x) * 3) + channel] = smooth
                        ? Between(y, x, height, width, channel)
                        : At((int)((y + 0.5) * Height / height), (int)((x + 0.5) * Width / width), channel);
                }
            }
        }

        return new DecodedImage(width, height, 3, pixels, Indexed: false);
    }

    private byte Between(int y, int x, int height, int width, int channel)
    {
        var (row, column) = (((y + 0.5) * Height / height) - 0.5, ((x + 0.5) * Width / width) - 0.5);
        var (top, left) = ((int)Math.Floor(row), (int)Math.Floor(column));
        var (down, right) = (row - top, column - left);
        return (byte)Math.Round(
            ((1 - down) * (((1 - right) * At(top, left, channel)) + (right * At(top, left + 1, channel))))
            + (down * (((1 - right) * At(top + 1, left, channel)) + (right * At(top + 1, left + 1, channel)))));
    }

    private byte At(int row, int column, int channel)
        => Colors[(((Math.Clamp(row, 0, Height - 1) * Width) + Math.Clamp(column, 0, Width - 1)) * 3) + channel];
}
