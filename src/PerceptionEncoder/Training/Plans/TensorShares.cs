namespace PerceptionEncoder.Training.Plans;

/// <summary>Whole tensors dealt to ranks by size: the largest that is left goes to the rank that has the least.</summary>
public static class TensorShares
{
    /// <summary>Numbers of the rank that has the most.</summary>
    /// <param name="sizes">Numbers in each tensor.</param>
    /// <param name="ranks">Among which they are dealt.</param>
    public static long Largest(IReadOnlyList<long> sizes, int ranks)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        var loads = new PriorityQueue<int, (long Load, int Rank)>(Enumerable.Range(0, ranks).Select(rank => (rank, (0L, rank))));
        var largest = 0L;
        foreach (var size in sizes.OrderDescending())
        {
            loads.TryDequeue(out var rank, out var least);
            largest = Math.Max(largest, least.Load + size);
            loads.Enqueue(rank, (least.Load + size, rank));
        }

        return largest;
    }
}
