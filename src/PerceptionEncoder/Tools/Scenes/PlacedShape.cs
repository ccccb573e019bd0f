using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One object of one picture. Lengths are shares of the picture's side, y grows downwards.</summary>
internal readonly record struct PlacedShape(SceneObject Object, double X, double Y, double Radius, double Angle)
{
    private const double LargestAngle = Math.PI / 15;

    // The farthest any outline reaches from its centre, in radii.
    private const double LargestExtent = 1.2;

    /// <summary>An object up to <paramref name="spread"/> away from a point, turned by up to 12 degrees.</summary>
    public static PlacedShape Near(SceneObject what, double x, double y, double spread, double radius, ref SceneRandom random)
        => new(
            what,
            random.Between(x - spread, x + spread),
            random.Between(y - spread, y + spread),
            radius,
            random.Between(-LargestAngle, LargestAngle));

    /// <summary>Paints it on a square page.</summary>
    public void PaintOn(Canvas page, (byte Red, byte Green, byte Blue) color)
    {
        var (shape, radius, centreX, centreY) = (Object.Shape, Radius * page.Width, X * page.Width, Y * page.Height);
        var (sine, cosine) = Math.SinCos(Angle);
        var reach = (radius * LargestExtent) + 1;
        page.Paint(centreX - reach, centreY - reach, centreX + reach, centreY + reach, color, (column, row) =>
        {
            var (x, y) = ((column - centreX) / radius, (row - centreY) / radius);
            return radius * SceneOutline.SignedDistance(shape, (cosine * x) + (sine * y), (cosine * y) - (sine * x));
        });
    }
}
