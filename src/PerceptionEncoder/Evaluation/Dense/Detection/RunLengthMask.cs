namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// A mask as runs of equal pixels, column by column from the top left, as COCO's masks are. Two masks of the same pixels have the same
/// runs, however they were made.
/// </summary>
internal sealed class RunLengthMask
{
    /// <summary>Where set pixels begin and end, in turn, ascending: column * height + row.</summary>
    private readonly int[] bounds;

    private RunLengthMask(int height, int width, int[] bounds)
    {
        (Height, Width, this.bounds) = (height, width, bounds);
        Area = bounds.Chunk(2).Sum(span => (long)span[1] - span[0]);
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Set pixels.</summary>
    public long Area { get; }

    /// <summary>The smallest box around the set pixels; all zeros where there are none.</summary>
    public ObjectBox Box
    {
        get
        {
            if (bounds.Length == 0)
            {
                return default;
            }

            var (top, bottom) = (Height, 0);
            for (var i = 0; i < bounds.Length; i += 2)
            {
                // A span that goes on in the next column has the last row of one and the first of the other.
                var (first, last) = (bounds[i], bounds[i + 1] - 1);
                var isInOneColumn = first / Height == last / Height;
                top = Math.Min(top, isInOneColumn ? first % Height : 0);
                bottom = Math.Max(bottom, isInOneColumn ? last % Height : Height - 1);
            }

            var (left, right) = (bounds[0] / Height, (bounds[^1] - 1) / Height);
            return new ObjectBox(left, top, right - left + 1, bottom - top + 1);
        }
    }

    /// <summary>From run lengths, those of unset pixels first.</summary>
    /// <exception cref="FormatException">They do not make up the picture.</exception>
    public static RunLengthMask OfCounts(int height, int width, IEnumerable<long> counts)
    {
        var (size, at) = (Size(height, width), 0L);
        var toggles = new List<int>();
        foreach (var count in counts)
        {
            if (count < 0 || count > size - at)
            {
                throw new FormatException($"its runs do not fit into {width}x{height} pixels");
            }

            at += count;
            toggles.Add((int)at);
        }

        return at == size
            ? OfToggles(height, width, toggles)
            : throw new FormatException($"its runs cover {at} of {width}x{height} pixels");
    }

    /// <summary>From COCO's compressed text.</summary>
    /// <exception cref="FormatException">It is no such text, or its runs do not make up the picture.</exception>
    public static RunLengthMask OfText(int height, int width, string text) => OfCounts(height, width, RunLengthText.Read(text));

    /// <summary>From pixels row by row; whatever is not 0 is set.</summary>
    public static RunLengthMask OfPixels(int height, int width, ReadOnlySpan<byte> pixels)
    {
        var (toggles, isSet) = (new List<int>(), false);
        for (var at = 0; at < Size(height, width); at++)
        {
            if (isSet != (pixels[(at % height * width) + (at / height)] != 0))
            {
                toggles.Add(at);
                isSet = !isSet;
            }
        }

        return OfToggles(height, width, toggles);
    }

    /// <summary>What is inside any of some polygons.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="polygons">Corners, x and y in turn, in pixels.</param>
    public static RunLengthMask OfPolygons(int height, int width, IEnumerable<IReadOnlyList<double>> polygons)
        => polygons.Select(polygon => OfToggles(height, width, PolygonOutline.Crossings(height, width, polygon).Order()))
            .Aggregate(new RunLengthMask(height, width, []), (mask, polygon) => mask.Union(polygon));

    /// <summary>Pixels of either.</summary>
    public RunLengthMask Union(RunLengthMask other) => Combine(other, both: false);

    /// <summary>Pixels of both.</summary>
    public RunLengthMask Intersection(RunLengthMask other) => Combine(other, both: true);

    /// <summary>How many pixels both have.</summary>
    public long IntersectionArea(RunLengthMask other)
    {
        var (area, i, j) = (0L, 0, 0);
        while (i < bounds.Length && j < other.bounds.Length)
        {
            var (end, otherEnd) = (bounds[i + 1], other.bounds[j + 1]);
            area += Math.Max(0, Math.Min(end, otherEnd) - Math.Max(bounds[i], other.bounds[j]));
            if (end < otherEnd)
            {
                i += 2;
            }
            else
            {
                j += 2;
            }
        }

        return area;
    }

    /// <summary>Run lengths, those of unset pixels first.</summary>
    public IReadOnlyList<long> ToCounts()
    {
        var (counts, at, size) = (new List<long>(), 0, Size(Height, Width));
        foreach (var bound in bounds)
        {
            counts.Add(bound - at);
            at = bound;
        }

        if (at < size)
        {
            counts.Add(size - at);
        }

        return counts;
    }

    /// <summary>COCO's compressed text.</summary>
    public string ToText() => RunLengthText.Write(ToCounts());

    /// <summary>Pixels row by row, 0 or 1.</summary>
    public byte[] ToPixels()
    {
        var pixels = new byte[Size(Height, Width)];
        for (var i = 0; i < bounds.Length; i += 2)
        {
            for (var at = bounds[i]; at < bounds[i + 1]; at++)
            {
                pixels[(at % Height * Width) + (at / Height)] = 1;
            }
        }

        return pixels;
    }

    /// <summary>From places at which pixels change between unset and set, ascending; two in one place undo each other.</summary>
    private static RunLengthMask OfToggles(int height, int width, IEnumerable<int> toggles)
    {
        var size = Size(height, width);
        var bounds = new List<int>();
        foreach (var at in toggles.TakeWhile(at => at < size))
        {
            if (bounds.Count > 0 && bounds[^1] == at)
            {
                bounds.RemoveAt(bounds.Count - 1);
            }
            else
            {
                bounds.Add(at);
            }
        }

        if (bounds.Count % 2 == 1)
        {
            bounds.Add(size);
        }

        return new RunLengthMask(height, width, [.. bounds]);
    }

    private static int Size(int height, int width) => checked(height * width);

    private RunLengthMask Combine(RunLengthMask other, bool both)
    {
        var (i, j, isSet) = (0, 0, false);
        var combined = new List<int>();
        while (i < bounds.Length || j < other.bounds.Length)
        {
            var at = Math.Min(
                i < bounds.Length ? bounds[i] : int.MaxValue,
                j < other.bounds.Length ? other.bounds[j] : int.MaxValue);
            i += i < bounds.Length && bounds[i] == at ? 1 : 0;
            j += j < other.bounds.Length && other.bounds[j] == at ? 1 : 0;
            var (mine, others) = (i % 2 == 1, j % 2 == 1);
            if (isSet != (both ? mine && others : mine || others))
            {
                combined.Add(at);
                isSet = !isSet;
            }
        }

        return new RunLengthMask(Height, Width, [.. combined]);
    }
}
