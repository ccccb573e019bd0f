namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>A box in pixels, as COCO writes it.</summary>
/// <param name="Left">Of its left side.</param>
/// <param name="Top">Of its upper side.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
internal readonly record struct ObjectBox(double Left, double Top, double Width, double Height)
{
    /// <summary>Square pixels.</summary>
    public double Area => Width * Height;

    /// <summary>Square pixels that both cover.</summary>
    public double IntersectionArea(ObjectBox other)
    {
        var width = Math.Min(Left + Width, other.Left + other.Width) - Math.Max(Left, other.Left);
        var height = Math.Min(Top + Height, other.Top + other.Height) - Math.Max(Top, other.Top);
        return width > 0 && height > 0 ? width * height : 0;
    }
}
