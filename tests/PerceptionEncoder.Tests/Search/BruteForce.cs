namespace PerceptionEncoder.Tests.Search;

/// <summary>The best rows by cosine, the plain way, in double.</summary>
internal static class BruteForce
{
    public static double Cosine(IReadOnlyList<float> one, IReadOnlyList<float> other)
    {
        var (product, first, second) = (0.0, 0.0, 0.0);
        for (var i = 0; i < one.Count; i++)
        {
            product += (double)one[i] * other[i];
            first += (double)one[i] * one[i];
            second += (double)other[i] * other[i];
        }

        return first == 0 || second == 0 ? 0 : product / Math.Sqrt(first) / Math.Sqrt(second);
    }

    /// <summary>Rows and cosines as float32, best first, of equal ones the earlier row.</summary>
    public static (int Row, float Score)[] Find(IReadOnlyList<float[]> rows, float[] query, int count)
        => [.. rows.Select((row, index) => (Row: index, Score: (float)Cosine(row, query)))
            .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Row).Take(count)];

    /// <summary>Rows of chance, the same for a seed.</summary>
    public static float[][] Rows(int count, int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, dimension).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray())];
    }

    /// <summary>Rows around a few centres, as features of a few kinds of pictures lie.</summary>
    public static float[][] Clouds(int count, int dimension, int centers, int seed)
    {
        var middle = Rows(centers, dimension, seed);
        var noise = Rows(count, dimension, seed + 1);
        return [.. noise.Select((row, i) => row.Select((number, c) => (number * 0.5f) + middle[i % centers][c]).ToArray())];
    }
}
