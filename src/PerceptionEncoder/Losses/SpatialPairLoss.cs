using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B images · N tokens · D, E widths of student and teacher · T tile
/// <summary>
/// L_loc of spatial alignment [5.2]: what is alike to the teacher within an image is alike to the student. Cosines of pairs of tokens are
/// compared in tiles, in which the loss and its gradient are found together, and a pair is looked at once, not once from each side: no more
/// than T² pairs of an image are in memory.
/// </summary>
internal static class SpatialPairLoss
{
    /// <summary>As published, for the cosines of mask logits [B.3.1].</summary>
    public const double PublishedSharpness = 20;

    /// <summary>The loss and its gradient by the student; nothing is recorded for autograd.</summary>
    /// <param name="student">[B, N, D]; computed in float32 whatever the dtype, or in float64.</param>
    /// <param name="teacher">[B, N, E].</param>
    /// <param name="sharpness">
    /// Wanted is exp(sharpness (cosine - 1)) of the teacher's cosine, which only tokens much alike have above 0; null for the cosine.
    /// </param>
    /// <param name="tile">Largest side of an image's matrix of similarities.</param>
    /// <returns>The mean over images and all pairs, those of a token with itself too, of the squared difference.</returns>
    public static SpatialPairs Of(Tensor student, Tensor teacher, double? sharpness, int tile = SpatialLoss.DefaultTile)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var (own, seen) = (SpatialDirections.Of(student), SpatialDirections.Of(teacher).Unit);
        var (images, tokens) = (student.shape[0], student.shape[1]);
        var byUnit = zeros_like(own.Unit);
        var (squares, wanted) = (zeros([], float64, student.device), zeros([], float64, student.device));
        foreach (var (rows, columns) in Tile.Cover(tokens, tokens, tile).Where(pair => pair.Columns.Start >= pair.Rows.Start))
        {
            using var inner = NewDisposeScope();
            var isDiagonal = rows == columns;
            var sides = Scalars.Of(isDiagonal ? 1 : 2);                              // the other half of the matrix has the same
            var target = Cosines(seen, rows, columns);                               // [B, T, T]
            if (sharpness is { } sharp)
            {
                target.sub_(Scalars.One).mul_(Scalars.Of(sharp)).exp_();
            }

            var difference = Cosines(own.Unit, rows, columns).sub_(target);
            wanted.add_(target.sum().to(float64), sides);
            Part(byUnit, rows).add_(bmm(difference, Part(own.Unit, columns)), Scalars.One);
            if (!isDiagonal)
            {
                Part(byUnit, columns).add_(bmm(difference.transpose(1, 2), Part(own.Unit, rows)), Scalars.One);
            }

            squares.add_(difference.mul_(difference).sum().to(float64), sides);
        }

        // d loss / d cosine is twice the difference, and each token has a part in a row and in a column.
        var pairs = (double)images * tokens * tokens;
        var sum = own.Unit.sum(1).to(float64);                                  // [B, D]: its square is the sum of all cosines
        return new SpatialPairs(
            new SpatialLoss(
                (squares / Scalars.Of(pairs)).to(own.Unit.dtype).MoveToOuterDisposeScope(),
                own.Gradient(byUnit).mul_(Scalars.Of(4 / pairs)).MoveToOuterDisposeScope()),
            ((sum * sum).sum() / Scalars.Of(pairs)).MoveToOuterDisposeScope(),
            (wanted / Scalars.Of(pairs)).MoveToOuterDisposeScope());
    }

    /// <summary>[B, T, T] of some tokens of each image with others.</summary>
    internal static Tensor Cosines(Tensor unit, Tile rows, Tile columns)
        => bmm(Part(unit, rows), Part(unit, columns).transpose(1, 2));

    private static Tensor Part(Tensor tokens, Tile stretch) => tokens.narrow(1, stretch.Start, stretch.Length);
}
