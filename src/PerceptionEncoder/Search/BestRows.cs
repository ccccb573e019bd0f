namespace PerceptionEncoder.Search;

/// <summary>
/// The best of any number of scored rows: by score, and of equal scores the earlier row, whatever the order they come in. A score that is
/// no number is never among them.
/// </summary>
internal sealed class BestRows(int capacity)
{
    private static readonly Comparer<(float Score, int Row)> WorstFirst = Comparer<(float Score, int Row)>.Create(
        (one, other) => one.Score != other.Score ? one.Score.CompareTo(other.Score) : other.Row.CompareTo(one.Row));

    private readonly PriorityQueue<int, (float Score, int Row)> kept = new(WorstFirst);
    private float threshold = float.NegativeInfinity;

    /// <summary>The rows so far, in no order.</summary>
    public IEnumerable<int> Rows => kept.UnorderedItems.Select(item => item.Element);

    /// <summary>Whether the best K are kept for sure: fewer are there than would be kept, or the worst of them is clearly behind.</summary>
    /// <param name="count">K.</param>
    /// <param name="uncertainty">By how much a score may be off.</param>
    public bool Settles(int count, float uncertainty)
        => kept.Count < capacity
            || threshold < kept.UnorderedItems.Select(item => item.Priority.Score).OrderDescending().ElementAt(count - 1) - uncertainty;

    /// <summary>Offers consecutive rows.</summary>
    /// <param name="scores">Of the rows from <paramref name="start"/> on.</param>
    /// <param name="start">The first row.</param>
    /// <param name="filter">Rows to choose from; null for all.</param>
    public void Offer(ReadOnlySpan<float> scores, int start, SearchFilter? filter)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] >= threshold && filter?.Contains(start + i) != false)
            {
                Offer(scores[i], start + i);
            }
        }
    }

    /// <summary>Offers some rows.</summary>
    /// <param name="scores">Of <paramref name="rows"/>.</param>
    /// <param name="rows">Their numbers.</param>
    /// <param name="filter">Rows to choose from; null for all.</param>
    public void Offer(ReadOnlySpan<float> scores, ReadOnlySpan<int> rows, SearchFilter? filter)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] >= threshold && filter?.Contains(rows[i]) != false)
            {
                Offer(scores[i], rows[i]);
            }
        }
    }

    private void Offer(float score, int row)
    {
        if (kept.Count < capacity)
        {
            kept.Enqueue(row, (score, row));
        }
        else if (kept.TryPeek(out _, out var worst) && WorstFirst.Compare((score, row), worst) > 0)
        {
            kept.EnqueueDequeue(row, (score, row));
        }

        if (kept.Count == capacity && kept.TryPeek(out _, out var last))
        {
            threshold = last.Score;
        }
    }
}
