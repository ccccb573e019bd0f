namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>A place in a picture.</summary>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Pixels from the top.</param>
internal readonly record struct KeyPoint(double X, double Y)
{
    /// <summary>Pixels to another place.</summary>
    public double DistanceTo(KeyPoint other) => Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)));
}
