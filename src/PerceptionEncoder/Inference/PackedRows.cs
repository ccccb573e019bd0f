namespace PerceptionEncoder.Inference;

/// <summary>
/// Sequences laid end to end in rows of a bounded length: the longest first, each into the first row that has room. The same lengths give
/// the same rows.
/// </summary>
internal sealed class PackedRows
{
    private readonly List<Place> places;

    private PackedRows(List<Place> places, int rows, int length) => (this.places, Rows, Length) = (places, rows, length);

    /// <summary>How many rows there are.</summary>
    public int Rows { get; }

    /// <summary>Tokens of the fullest row: what all are padded to.</summary>
    public int Length { get; }

    /// <summary>Where each sequence stands, in the order in which they were given.</summary>
    public IReadOnlyList<Place> Places => places;

    /// <summary>Share of all places that no token stands in.</summary>
    public double Padding => 1 - (places.Sum(place => (double)place.Length) / ((double)Rows * Length));

    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="rowLength">Tokens that a row may hold; a sequence that is longer has a row to itself.</param>
    public static PackedRows Lay(IReadOnlyList<int> lengths, int rowLength)
    {
        // In the same number of rows, the shortest that do: all rows are padded to the fullest.
        var rows = Fill(lengths, rowLength);
        var (low, high) = (lengths.DefaultIfEmpty(0).Max(), rows.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var shorter = Fill(lengths, middle);
            (rows, low, high) = shorter.Rows == rows.Rows ? (shorter, low, middle) : (rows, middle + 1, high);
        }

        return rows;
    }

    private static PackedRows Fill(IReadOnlyList<int> lengths, int rowLength)
    {
        var (places, used) = (new Place[lengths.Count], new List<int>());
        foreach (var (sequence, length) in lengths.Index().OrderByDescending(entry => entry.Item).ThenBy(entry => entry.Index))
        {
            var row = used.FindIndex(filled => filled + length <= rowLength);
            if (row < 0)
            {
                row = used.Count;
                used.Add(0);
            }

            places[sequence] = new Place(row, used[row], length);
            used[row] += length;
        }

        return new PackedRows([.. places], used.Count, used.Count == 0 ? 0 : used.Max());
    }

    /// <param name="Row">Which one.</param>
    /// <param name="Start">Of its first token within the row.</param>
    /// <param name="Length">Tokens.</param>
    internal readonly record struct Place(int Row, int Start, int Length);
}
