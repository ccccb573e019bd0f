namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Signed distances to the outlines of shapes of radius one; the proportions make all shapes look about equally large.</summary>
internal static class SceneOutline
{
    private const double CircleRadius = 0.95;
    private const double SquareHalfSide = 0.82;
    private const double RingMiddle = 0.76;
    private const double RingHalfWidth = 0.22;
    private const double CrossLength = 1;
    private const double CrossHalfWidth = 0.36;
    private static readonly (double X, double Y)[] Triangle = Star(3, 1.18, 0.59);
    private static readonly (double X, double Y)[] FivePoints = Star(5, 1.15, 0.5);

    /// <summary>Distance of a point to the outline, in radii; negative inside.</summary>
    public static double SignedDistance(SceneShape shape, double x, double y) => shape switch
    {
        SceneShape.Circle => Length(x, y) - CircleRadius,
        SceneShape.Square => Box(x, y, SquareHalfSide, SquareHalfSide),
        SceneShape.Triangle => Polygon(Triangle, x, y),
        SceneShape.Star => Polygon(FivePoints, x, y),
        SceneShape.Ring => Math.Abs(Length(x, y) - RingMiddle) - RingHalfWidth,
        // Of the two bars' distances the smaller is exact outside and a bound inside, where coverage is full anyway.
        _ => Math.Min(Box(x, y, CrossLength, CrossHalfWidth), Box(x, y, CrossHalfWidth, CrossLength)),
    };

    private static double Length(double x, double y) => Math.Sqrt((x * x) + (y * y));

    private static double Box(double x, double y, double halfWidth, double halfHeight)
    {
        var (outsideX, outsideY) = (Math.Abs(x) - halfWidth, Math.Abs(y) - halfHeight);
        return Length(Math.Max(outsideX, 0), Math.Max(outsideY, 0)) + Math.Min(Math.Max(outsideX, outsideY), 0);
    }

    /// <summary>Distance to the nearest edge; the sign by counting the edges that a ray to the right crosses.</summary>
    private static double Polygon((double X, double Y)[] corners, double x, double y)
    {
        var (nearest, inside) = (double.MaxValue, false);
        var from = corners[^1];
        foreach (var to in corners)
        {
            var (edgeX, edgeY, pointX, pointY) = (to.X - from.X, to.Y - from.Y, x - from.X, y - from.Y);
            var along = Math.Clamp(((pointX * edgeX) + (pointY * edgeY)) / ((edgeX * edgeX) + (edgeY * edgeY)), 0, 1);
            var (awayX, awayY) = (pointX - (along * edgeX), pointY - (along * edgeY));
            nearest = Math.Min(nearest, (awayX * awayX) + (awayY * awayY));
            if (from.Y > y != to.Y > y && pointX < pointY * edgeX / edgeY)
            {
                inside = !inside;
            }

            from = to;
        }

        return inside ? -Math.Sqrt(nearest) : Math.Sqrt(nearest);
    }

    /// <summary>
    /// Corners alternately on two circles, the first one upwards; with half the radius for the second circle, three points make a triangle.
    /// </summary>
    private static (double X, double Y)[] Star(int points, double outer, double inner)
    {
        var corners = new (double X, double Y)[2 * points];
        for (var corner = 0; corner < corners.Length; corner++)
        {
            var (sine, cosine) = Math.SinCos(Math.PI * corner / points);
            var radius = corner % 2 == 0 ? outer : inner;
            corners[corner] = (radius * sine, -radius * cosine);
        }

        return corners;
    }
}
