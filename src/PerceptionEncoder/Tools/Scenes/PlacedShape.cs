namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One object of one picture. Lengths are shares of the picture's side, y grows downwards.</summary>
internal readonly record struct PlacedShape(SceneObject Object, double X, double Y, double Radius, double Angle)
{
    private const double LargestAngle = Math.PI / 15;

    /// <summary>An object up to <paramref name="spread"/> away from a point, turned by up to 12 degrees.</summary>
    public static PlacedShape Near(SceneObject what, double x, double y, double spread, double radius, ref SceneRandom random)
        => new(
            what,
            random.Between(x - spread, x + spread),
            random.Between(y - spread, y + spread),
            radius,
            random.Between(-LargestAngle, LargestAngle));
}
