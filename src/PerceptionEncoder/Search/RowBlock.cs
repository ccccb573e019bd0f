using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// R rows · C the dimension · Q queries
/// <summary>Consecutive rows of an index, and what brings each to unit length.</summary>
internal sealed class RowBlock : IDisposable
{
    private Tensor storage;                                     // [at least Count, C]
    private Tensor? scales;                                     // float32 [Count], found when first wanted

    /// <param name="storage">[R, C]; this object's from here on.</param>
    /// <param name="count">Rows of it that are in use.</param>
    public RowBlock(Tensor storage, int count) => (this.storage, Count) = (storage.DetachFromDisposeScope(), count);

    /// <summary>R.</summary>
    public int Count { get; private set; }

    /// <summary>The address of the first row; valid until rows are added.</summary>
    public nint Pointer => TensorMemory.Pointer(storage);

    /// <summary>Adds rows [R, C], as many as there is room for up to <paramref name="most"/>.</summary>
    /// <returns>How many.</returns>
    public int Add(Tensor rows, int most)
    {
        var count = (int)Math.Min(rows.shape[0], most - Count);
        if (count == 0)
        {
            return 0;
        }

        using var scope = NewDisposeScope();
        if (Count + count > storage.shape[0])
        {
            var larger = empty([Math.Min(most, Math.Max(Count + count, 2 * storage.shape[0])), storage.shape[1]], storage.dtype);
            larger.narrow(0, 0, Count).copy_(storage.narrow(0, 0, Count));
            storage.Dispose();
            storage = larger.DetachFromDisposeScope();
        }

        storage.narrow(0, Count, count).copy_(rows.narrow(0, 0, count));
        Count += count;
        scales?.Dispose();
        scales = null;
        return count;
    }

    /// <summary>The rows as float32 [R, C], in the caller's scope; the block's own memory where it is that.</summary>
    public Tensor Numbers() => storage.narrow(0, 0, Count).to(float32);

    /// <summary>Cosines of queries with the rows.</summary>
    /// <param name="queries">float32 [Q, C] at unit length.</param>
    /// <returns>float32 [Q, R], in the caller's scope; a row of zeros has 0, one that is not finite no number.</returns>
    public Tensor Cosines(Tensor queries)
    {
        var rows = Numbers();
        return matmul(queries, rows.t()).mul_(Scales(rows));
    }

    /// <summary>Factors that bring rows to unit length; 0 for a row of zeros.</summary>
    /// <param name="rows">float32 [R, C].</param>
    /// <returns>float32 [R].</returns>
    public static Tensor UnitScales(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var norms = rows.norm(1, keepdim: false, p: 2);
        return where(norms.eq(0), zeros_like(norms), norms.reciprocal()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        storage.Dispose();
        scales?.Dispose();
    }

    private Tensor Scales(Tensor rows)
    {
        if (scales is null)
        {
            var found = UnitScales(rows).DetachFromDisposeScope();
            if (Interlocked.CompareExchange(ref scales, found, null) is not null)
            {
                found.Dispose();                                // another search was faster
            }
        }

        return scales;
    }
}
