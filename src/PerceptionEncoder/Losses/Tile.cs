using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

/// <summary>A stretch of the batch; two of them are a tile of the matrix of similarities.</summary>
/// <param name="Start">First row.</param>
/// <param name="Length">Rows.</param>
internal readonly record struct Tile(long Start, long Length)
{
    /// <summary>Every tile of a matrix, row by row.</summary>
    public static IEnumerable<(Tile Rows, Tile Columns)> Cover(long height, long width, int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        var columns = Stretches(width, side);
        return Stretches(height, side).SelectMany(rows => columns.Select(column => (rows, column)));
    }

    /// <summary>A view of these rows of a tensor.</summary>
    public Tensor Of(Tensor all) => all.narrow(0, Start, Length);

    private static List<Tile> Stretches(long length, int side)
    {
        var stretches = new List<Tile>();
        for (long start = 0; start < length; start += side)
        {
            stretches.Add(new Tile(start, Math.Min(side, length - start)));
        }

        return stretches;
    }
}
