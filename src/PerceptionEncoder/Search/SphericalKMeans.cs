using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// S sample rows · L centres · C the dimension
/// <summary>Centres of unit vectors by cosine: Lloyd's passes, with means scaled back to unit length.</summary>
/// <remarks>I. S. Dhillon, D. S. Modha: Concept decompositions for large sparse text data using clustering, 2001.</remarks>
internal static class SphericalKMeans
{
    /// <summary>Scores that are held at once.</summary>
    private const int ScoresAtOnce = 1 << 24;

    /// <summary>Finds the centres; the same numbers give the same centres.</summary>
    /// <param name="sample">float32 [S, C], at unit length; in an order of chance, since the first rows are the first centres.</param>
    /// <param name="lists">L, at most S.</param>
    /// <param name="passes">At most.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    /// <returns>float32 [L, C] at unit length, in the caller's scope.</returns>
    public static Tensor Centers(Tensor sample, int lists, int passes, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var centers = sample.narrow(0, 0, lists).clone();
        Tensor? before = null;
        for (var pass = 0; pass < passes; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var (nearest, cosines) = Nearest(sample, centers);
            if (before is not null && nearest.Equals(before))
            {
                break;
            }

            var sums = zeros_like(centers).index_add_(0, nearest, sample, Scalars.One);
            var norms = sums.norm(1, keepdim: true, p: 2);
            var empty = norms.squeeze(1).eq(0).nonzero().squeeze(1);
            sums.div_(norms.clamp_min(Scalars.Of(1e-12)));
            if (empty.shape[0] > 0)
            {
                // A centre without rows takes one of those that are farthest from theirs.
                sums.index_copy_(0, empty, sample.index_select(0, cosines.argsort().narrow(0, 0, empty.shape[0])));
            }

            before?.Dispose();
            centers.Dispose();
            (centers, before) = (sums.MoveToOuterDisposeScope(), nearest.MoveToOuterDisposeScope());
        }

        return centers.MoveToOuterDisposeScope();
    }

    /// <summary>The nearest centre of each row.</summary>
    /// <param name="rows">float32 [S, C], of any length.</param>
    /// <param name="centers">float32 [L, C] at unit length.</param>
    /// <returns>int64 [S], and the products float32 [S]; in the caller's scope.</returns>
    public static (Tensor Centers, Tensor Products) Nearest(Tensor rows, Tensor centers)
    {
        var atOnce = Math.Max(1, ScoresAtOnce / (int)centers.shape[0]);
        using var scope = NewDisposeScope();
        List<Tensor> indices = [], products = [];
        for (long start = 0; start < rows.shape[0]; start += atOnce)
        {
            using var tile = NewDisposeScope();
            var (most, which) = matmul(rows.narrow(0, start, Math.Min(atOnce, rows.shape[0] - start)), centers.t()).max(1);
            indices.Add(which.MoveToOuterDisposeScope());
            products.Add(most.MoveToOuterDisposeScope());
        }

        return (cat(indices).MoveToOuterDisposeScope(), cat(products).MoveToOuterDisposeScope());
    }
}
