namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>Size of a picture, in the pixels that its key points are in.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
internal readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>The cell of a grid of <paramref name="side"/> by <paramref name="side"/> that a place is in, row by row.</summary>
    public long CellOf(KeyPoint place, long side)
        => (Along(place.Y / Height, side) * side) + Along(place.X / Width, side);

    /// <summary>The middle of a cell.</summary>
    public KeyPoint CenterOf(long cell, long side)
        => new(((cell % side) + 0.5) / side * Width, ((cell / side) + 0.5) / side * Height);

    private static long Along(double share, long side) => (long)Math.Clamp(Math.Floor(share * side), 0, side - 1);
}
