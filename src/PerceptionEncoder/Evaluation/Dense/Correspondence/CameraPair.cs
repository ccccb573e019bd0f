namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>Two cameras with known lenses, and where the second is from the first.</summary>
/// <param name="First">Lens of the first, a matrix of 3 by 3, row by row.</param>
/// <param name="Second">Lens of the second.</param>
/// <param name="Motion">From places before the first to places before the second, a matrix of 4 by 4, row by row, in metres.</param>
internal sealed record CameraPair(double[] First, double[] Second, double[] Motion)
{
    /// <summary>Where a place in the first picture is in the second, and how far from the second camera; null for behind it.</summary>
    /// <param name="place">In pixels of the first.</param>
    /// <param name="depth">Metres from the first camera, along its axis.</param>
    public (KeyPoint Place, double Depth)? Move(KeyPoint place, double depth)
    {
        var (x, y) = ((place.X - First[2]) / First[0] * depth, (place.Y - First[5]) / First[4] * depth);
        var (across, down, away) = (Row(0), Row(1), Row(2));
        return away > 0
            ? (new KeyPoint((Second[0] * across / away) + Second[2], (Second[4] * down / away) + Second[5]), away)
            : null;

        double Row(int row)
            => (Motion[4 * row] * x) + (Motion[(4 * row) + 1] * y) + (Motion[(4 * row) + 2] * depth) + Motion[(4 * row) + 3];
    }
}
