namespace PerceptionEncoder.Search;

/// <summary>
/// Rows of an index that a search may find, made once by <see cref="SearchIndex.Filter(IReadOnlyList{string})"/> and used by any number of
/// searches, from any thread. Rows added after it was made are not among them.
/// </summary>
public sealed class SearchFilter
{
    private readonly ulong[] bits;
    private readonly int rows;

    internal SearchFilter(int rows, IEnumerable<int> taken)
    {
        (this.rows, bits) = (rows, new ulong[(rows + 63) / 64]);
        foreach (var row in taken)
        {
            bits[row / 64] |= 1UL << (row % 64);
            Count++;
        }
    }

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    internal bool Contains(int row) => row < rows && (bits[row / 64] & (1UL << (row % 64))) != 0;

    /// <summary>Whether any of some consecutive rows is among them; looks at whole words, so that it may say yes to near ones.</summary>
    internal bool MayContainAny(int start, int count)
    {
        var last = Math.Min(start + count, rows) - 1;
        return last >= start && bits.AsSpan(start / 64, (last / 64) - (start / 64) + 1).ContainsAnyExcept(0UL);
    }
}
