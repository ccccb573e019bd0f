using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// N rows · A, B rows of two blocks
/// <summary>Groups of rows that chains of near pairs join: every row with every later one, two blocks at a time.</summary>
internal static class NearGroups
{
    /// <summary>The groups of two rows and more, each ascending, by their first row.</summary>
    /// <param name="vectors">The rows.</param>
    /// <param name="threshold">Cosine from which two rows are near.</param>
    /// <param name="cancellation">Stops between two blocks.</param>
    public static int[][] Find(VectorRows vectors, float threshold, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var first = Enumerable.Range(0, vectors.Count).ToArray();
        foreach (var (start, block) in vectors.From(0))
        {
            using var outer = NewDisposeScope();
            var numbers = block.Numbers();
            var units = numbers.mul(RowBlock.UnitScales(numbers).unsqueeze(1));
            foreach (var (later, other) in vectors.From(start))
            {
                cancellation.ThrowIfCancellationRequested();
                using var tile = NewDisposeScope();
                var cosines = other.Cosines(units);                                                  // [A, B]
                var near = cosines.ge(Scalars.Of(threshold - RowSearch.Uncertainty));
                var places = near.nonzero().data<long>().ToArray();
                var values = cosines.masked_select(near).data<float>().ToArray();
                for (var i = 0; i < values.Length; i++)
                {
                    var (one, two) = (start + (int)places[2 * i], later + (int)places[(2 * i) + 1]);
                    if (two > one
                        && (values[i] >= threshold + RowSearch.Uncertainty || vectors.Cosine(one, two) >= threshold))
                    {
                        Join(first, one, two);
                    }
                }
            }
        }

        return [.. Enumerable.Range(0, first.Length).GroupBy(row => Root(first, row)).Where(group => group.Count() > 1)
            .Select(group => group.ToArray())];
    }

    /// <summary>The smaller root stays, so that a group is known by its first row.</summary>
    private static void Join(int[] first, int one, int two)
    {
        var (a, b) = (Root(first, one), Root(first, two));
        first[Math.Max(a, b)] = Math.Min(a, b);
    }

    private static int Root(int[] first, int row)
    {
        while (first[row] != row)
        {
            row = first[row] = first[first[row]];
        }

        return row;
    }
}
