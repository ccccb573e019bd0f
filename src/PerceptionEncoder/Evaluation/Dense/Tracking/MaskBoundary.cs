namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>The pixels along a mask's edge, and how well two edges match.</summary>
/// <remarks>
/// Perazzi et al., "A benchmark dataset and evaluation methodology for video object segmentation" (CVPR 2016), as davis2017-evaluation
/// computes it.
/// </remarks>
internal sealed class MaskBoundary
{
    private readonly int height;
    private readonly int width;
    private readonly List<int> places = [];

    private MaskBoundary(int height, int width) => (this.height, this.width) = (height, width);

    /// <summary>Indices of the pixels, row by row.</summary>
    public IReadOnlyList<int> Places => places;

    /// <summary>
    /// A pixel is on the edge where its right, lower or lower right neighbour is on the other side. What lies outside of the picture has
    /// no side; the last pixel never is on the edge.
    /// </summary>
    /// <param name="mask">[height, width], an object's index where it is.</param>
    /// <param name="label">The object's index.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    public static MaskBoundary Of(ReadOnlySpan<byte> mask, byte label, int height, int width)
    {
        var boundary = new MaskBoundary(height, width);
        for (var row = 0; row < height; row++)
        {
            var here = mask.Slice(row * width, width);
            var below = row + 1 < height ? mask.Slice((row + 1) * width, width) : here;

            // Most rows, and most of the others, are all background: they cost a search and no comparison of single pixels.
            var (own, next) = (here.IndexOf(label), below.IndexOf(label));
            var first = own < 0 || next < 0 ? Math.Max(own, next) : Math.Min(own, next);
            if (first < 0)
            {
                continue;
            }

            var last = Math.Max(here.LastIndexOf(label), below.LastIndexOf(label));
            for (var column = Math.Max(0, first - 1); column <= Math.Min(last, width - 1); column++)
            {
                var inside = here[column] == label;
                var differs = inside != (below[column] == label);
                if (!differs && column + 1 < width)
                {
                    differs = inside != (here[column + 1] == label) || inside != (below[column + 1] == label);
                }

                if (differs)
                {
                    boundary.places.Add((row * width) + column);
                }
            }
        }

        return boundary;
    }

    /// <summary>Pixels by which two edges may be apart: a share of the diagonal, rounded up, or from 1 on a number of pixels.</summary>
    public static int Radius(double tolerance, int height, int width)
        => (int)(tolerance >= 1 ? tolerance : Math.Ceiling(tolerance * Math.Sqrt(((double)height * height) + ((double)width * width))));

    /// <summary>
    /// Harmonic mean of the share of the answer's edge that lies near the true one and of the true one that lies near the answer's.
    /// </summary>
    /// <param name="answer">The edge that is judged.</param>
    /// <param name="truth">Of the same size.</param>
    /// <param name="radius">Pixels; near is inside of a disk.</param>
    public static double Match(MaskBoundary answer, MaskBoundary truth, int radius)
    {
        var (precision, recall) = (answer.places.Count, truth.places.Count) switch
        {
            (0, 0) => (1.0, 1.0),
            (0, _) => (1.0, 0.0),
            (_, 0) => (0.0, 1.0),
            _ => (answer.ShareNear(truth, radius), truth.ShareNear(answer, radius)),
        };
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /// <summary>A map of the edge: 1 on it.</summary>
    public byte[] Map()
    {
        var map = new byte[height * width];
        foreach (var place in places)
        {
            map[place] = 1;
        }

        return map;
    }

    private double ShareNear(MaskBoundary other, int radius)
    {
        var near = other.Dilated(radius);
        return (double)places.Count(place => near[place] != 0) / places.Count;
    }

    /// <summary>A disk about each pixel, painted as runs.</summary>
    private byte[] Dilated(int radius)
    {
        var half = new int[radius + 1];          // of the disk's run so many rows from its middle
        for (var off = 0; off <= radius; off++)
        {
            half[off] = (int)Math.Sqrt((radius * radius) - (off * off));
        }

        var map = new byte[height * width];
        foreach (var place in places)
        {
            var (row, column) = (place / width, place % width);
            for (var at = Math.Max(0, row - radius); at <= Math.Min(height - 1, row + radius); at++)
            {
                var reach = half[Math.Abs(at - row)];
                var (from, to) = (Math.Max(0, column - reach), Math.Min(width - 1, column + reach));
                map.AsSpan((at * width) + from, to - from + 1).Fill(1);
            }
        }

        return map;
    }
}
