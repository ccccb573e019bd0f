using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// A square RGB picture that shapes are painted on, antialiased: a pixel's coverage is its signed distance to the outline, clamped to half
/// a pixel either side.
/// </summary>
internal sealed class SceneCanvas
{
    // The farthest any outline reaches from its centre, in radii.
    private const double LargestExtent = 1.2;
    private readonly int size;
    private readonly byte[] pixels;

    public SceneCanvas(int size, (byte Red, byte Green, byte Blue) background)
    {
        this.size = size;
        pixels = new byte[size * size * 3];
        for (var offset = 0; offset < pixels.Length; offset += 3)
        {
            (pixels[offset], pixels[offset + 1], pixels[offset + 2]) = background;
        }
    }

    public DecodedImage ToImage() => new(size, size, 3, pixels, Indexed: false);

    public void Draw(PlacedShape shape, (byte Red, byte Green, byte Blue) color)
    {
        var radius = shape.Radius * size;
        var (centreX, centreY) = (shape.X * size, shape.Y * size);
        var (sine, cosine) = Math.SinCos(shape.Angle);
        var reach = (radius * LargestExtent) + 1;
        var (left, right) = Span(centreX, reach);
        var (top, bottom) = Span(centreY, reach);
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                var (x, y) = ((column + 0.5 - centreX) / radius, (row + 0.5 - centreY) / radius);
                var distance = radius * SceneOutline.SignedDistance(
                    shape.Object.Shape,
                    (cosine * x) + (sine * y),
                    (cosine * y) - (sine * x));
                Blend(((row * size) + column) * 3, color, Math.Clamp(0.5 - distance, 0, 1));
            }
        }
    }

    private (int From, int To) Span(double centre, double reach)
        => (Math.Max(0, (int)(centre - reach)), Math.Min(size, (int)(centre + reach) + 1));

    private void Blend(int offset, (byte Red, byte Green, byte Blue) color, double coverage)
    {
        pixels[offset] = Mix(pixels[offset], color.Red, coverage);
        pixels[offset + 1] = Mix(pixels[offset + 1], color.Green, coverage);
        pixels[offset + 2] = Mix(pixels[offset + 2], color.Blue, coverage);
    }

    private static byte Mix(byte under, byte over, double coverage)
        => (byte)Math.Round(under + ((over - under) * coverage));
}
