using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

/// <summary>A stretch of the batch; two of them are a tile of the matrix of similarities.</summary>
/// <param name="Start">First row.</param>
/// <param name="Length">Rows.</param>
internal readonly record struct Tile(long Start, long Length)
{
    /// <summary>Every tile of a [batch, batch] matrix, row by row.</summary>
    public static IEnumerable<(Tile Rows, Tile Columns)> Cover(long batch, int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        var stretches = new List<Tile>();
        for (long start = 0; start < batch; start += side)
        {
            stretches.Add(new Tile(start, Math.Min(side, batch - start)));
        }

        return stretches.SelectMany(rows => stretches.Select(columns => (rows, columns)));
    }

    /// <summary>A view of these rows of a tensor.</summary>
    public Tensor Of(Tensor all) => all.narrow(0, Start, Length);
}
