using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// N rows · C the dimension · Q queries · K hits of a query
/// <summary>The search itself, over rows that do not change meanwhile.</summary>
internal sealed class RowSearch(VectorRows vectors)
{
    private const int QueriesAtOnce = 1024;

    /// <summary>
    /// Candidates beyond K whose scores are computed again: float32 products order near ones by chance, and differently in each block.
    /// </summary>
    private const int Margin = 32;

    /// <summary>By how much a cosine may be off as float32: scores nearer to the K-th than this may belong before it.</summary>
    public const float Uncertainty = 4e-6f;

    /// <summary>Of many scores that are equal, so many are told apart.</summary>
    private const int MostCandidates = 1 << 16;

    /// <summary>Row and score of the best for each query, as <see cref="SearchIndex"/> describes them.</summary>
    /// <param name="queries">[Q, C].</param>
    /// <param name="count">K.</param>
    /// <param name="filter">Rows to choose from; null for all.</param>
    /// <param name="lists">Null to look at every row.</param>
    /// <param name="probe">Lists to look into.</param>
    /// <param name="cancellation">Stops between two blocks.</param>
    public List<(int Row, float Score)[]> Find(
        Tensor queries,
        int count,
        SearchFilter? filter,
        InvertedLists? lists,
        int probe,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var all = Units(queries);
        var found = new List<(int, float)[]>();
        for (long start = 0; start < all.shape[0]; start += QueriesAtOnce)
        {
            using var part = NewDisposeScope();
            var some = all.narrow(0, start, Math.Min(QueriesAtOnce, all.shape[0] - start));
            var best = Candidates(some.to(float32), count, filter, lists, probe, cancellation);
            var exact = some.data<double>().ToArray();
            var ordered = new (int, float)[best.Length][];
            Parallel.For(0, best.Length, query => ordered[query]
                = Ordered(best[query].Rows, exact.AsSpan(query * vectors.Dimension, vectors.Dimension), count));
            found.AddRange(ordered);
        }

        return found;
    }

    /// <summary>
    /// The best rows by their float32 scores, and so many more that none of the K best can be missing: another pass where they are many.
    /// </summary>
    private BestRows[] Candidates(
        Tensor queries,
        int count,
        SearchFilter? filter,
        InvertedLists? lists,
        int probe,
        CancellationToken cancellation)
    {
        for (var wanted = (long)count + Margin; ; wanted *= 16)
        {
            var capacity = (int)Math.Clamp(wanted, 1, Math.Max(1, vectors.Count));
            BestRows[] best = [.. Enumerable.Range(0, (int)queries.shape[0]).Select(_ => new BestRows(capacity))];
            if (lists is not null)
            {
                OfferLists(queries, lists.Nearest(queries, probe), lists, filter, best, cancellation);
            }

            OfferFrom(lists?.Rows ?? 0, queries, filter, best, cancellation);
            if (capacity >= vectors.Count || wanted >= MostCandidates || Array.TrueForAll(best, rows => rows.Settles(count, Uncertainty)))
            {
                return best;
            }
        }
    }

    /// <summary>As <see cref="SearchIndex.MeasureRecall"/> has it.</summary>
    public double Recall(int count, int sample, InvertedLists lists, int probe, int seed)
    {
        using var scope = NewDisposeScope();
        var drawn = InvertedLists.Draw(vectors.Count, Math.Min(sample, vectors.Count), seed);
        var queries = vectors.Take(drawn);
        var usable = queries.isfinite().all(1).data<bool>().ToArray();
        var kept = drawn.Where((_, i) => usable[i]).ToArray();
        queries = vectors.Take(kept);
        var exact = Find(queries, count + 1, null, null, 0, default);
        var fast = Find(queries, count + 1, null, lists, probe, default);
        return kept.Select((row, i) =>
        {
            var right = exact[i].Where(hit => hit.Row != row).Take(count).Select(hit => hit.Row).ToHashSet();
            return right.Count == 0 ? 1.0 : right.Intersect(fast[i].Select(hit => hit.Row)).Count() / (double)right.Count;
        }).DefaultIfEmpty(1).Average();
    }

    /// <returns>float64 [Q, C] at unit length on the CPU; a query of zeros stays.</returns>
    private Tensor Units(Tensor queries)
    {
        if (queries.dim() != 2 || queries.shape[1] != vectors.Dimension)
        {
            throw new ArgumentException(
                $"[{string.Join(", ", queries.shape)}] is not [queries, {vectors.Dimension}]",
                nameof(queries));
        }

        var numbers = queries.detach().cpu().to(float64);
        return numbers.isfinite().all().item<bool>()
            ? numbers.div(numbers.norm(1, keepdim: true, p: 2).clamp_min(Scalars.Of(double.Epsilon))).contiguous()
            : throw new ArgumentException("a query has a number that is not finite", nameof(queries));
    }

    private void OfferFrom(int row, Tensor queries, SearchFilter? filter, BestRows[] best, CancellationToken cancellation)
    {
        if (row >= vectors.Count)
        {
            return;
        }

        foreach (var (start, block) in vectors.From(row))
        {
            cancellation.ThrowIfCancellationRequested();
            if (filter?.MayContainAny(start, block.Count) == false)
            {
                continue;
            }

            using var tile = NewDisposeScope();
            var (scores, skip) = (block.Cosines(queries), Math.Max(0, row - start));
            Each(best.Length, query => best[query].Offer(
                TensorMemory.Floats(scores, ((long)query * block.Count) + skip, block.Count - skip),
                start + skip,
                filter));
        }
    }

    private void OfferLists(
        Tensor queries,
        SortedDictionary<int, List<int>> wanted,
        InvertedLists lists,
        SearchFilter? filter,
        BestRows[] best,
        CancellationToken cancellation)
    {
        foreach (var (list, askers) in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var asking = queries.index_select(0, tensor(askers.Select(query => (long)query).ToArray()));
            for (var start = 0; start < lists.Of(list).Length; start += vectors.BlockRows)
            {
                using var tile = NewDisposeScope();
                var rows = lists.Of(list)[start..Math.Min(lists.Of(list).Length, start + vectors.BlockRows)].ToArray();
                var numbers = vectors.Take(rows);
                var scores = matmul(asking, numbers.t()).mul_(RowBlock.UnitScales(numbers));
                Each(askers.Count, i => best[askers[i]].Offer(
                    TensorMemory.Floats(scores, (long)i * rows.Length, rows.Length),
                    rows,
                    filter));
            }
        }
    }

    private static void Each(int count, Action<int> work)
    {
        if (count == 1)
        {
            work(0);
        }
        else
        {
            Parallel.For(0, count, work);
        }
    }

    /// <summary>The best of the candidates, scored in double.</summary>
    private (int Row, float Score)[] Ordered(IEnumerable<int> candidates, ReadOnlySpan<double> query, int count)
    {
        var numbers = new double[vectors.Dimension];
        var scored = new List<(int Row, float Score)>();
        foreach (var row in candidates)
        {
            vectors.Read(row, numbers);
            var (product, square) = (0.0, 0.0);
            for (var i = 0; i < numbers.Length; i++)
            {
                product += numbers[i] * query[i];
                square += numbers[i] * numbers[i];
            }

            scored.Add((row, square == 0 ? 0 : (float)(product / Math.Sqrt(square))));
        }

        return [.. scored.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Row).Take(count)];
    }
}
