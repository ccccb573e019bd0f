namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// Where a polygon's outline crosses the columns of a picture. As in COCO's own code, on which published areas and overlaps depend, the
/// outline is drawn on a grid five times finer, and a column is crossed where the fine outline passes its middle.
/// </summary>
internal static class PolygonOutline
{
    private const int Finer = 5;

    /// <summary>Crossings in no order, each as column * height + first row below it; a row may be the height itself.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="corners">x and y in turn, in pixels; the last corner is joined to the first.</param>
    public static IEnumerable<int> Crossings(int height, int width, IReadOnlyList<double> corners)
    {
        var count = corners.Count / 2;
        (int X, int Y)? before = null;
        for (var corner = 0; corner < count; corner++)
        {
            foreach (var (x, y) in Line(Fine(corner), Fine((corner + 1) % count)))
            {
                if (before is { } last
                    && last.X != x
                    && Crossing(height, width, Math.Min(x, last.X), Math.Min(y, last.Y)) is { } crossing)
                {
                    yield return crossing;
                }

                before = (x, y);
            }
        }

        (int X, int Y) Fine(int corner)
            => ((int)((Finer * corners[2 * corner]) + 0.5), (int)((Finer * corners[(2 * corner) + 1]) + 0.5));
    }

    /// <summary>A crossing between two neighbours on the fine grid; null where it is not in the middle of a column.</summary>
    private static int? Crossing(int height, int width, int fineX, int fineY)
    {
        var column = ((fineX + 0.5) / Finer) - 0.5;
        var row = Math.Clamp(((fineY + 0.5) / Finer) - 0.5, 0, height);
        return Math.Floor(column) == column && column >= 0 && column <= width - 1
            ? ((int)column * height) + (int)Math.Ceiling(row)
            : null;
    }

    /// <summary>Points of a line, one a step along its longer direction; both directions of one line have the same points.</summary>
    private static IEnumerable<(int X, int Y)> Line((int X, int Y) from, (int X, int Y) to)
    {
        var (across, down) = (Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y));
        var isFlat = across >= down;
        var isBackward = isFlat ? from.X > to.X : from.Y > to.Y;
        var (first, last) = isBackward ? (to, from) : (from, to);
        var steps = isFlat ? across : down;
        var slope = steps == 0 ? 0 : (double)(isFlat ? last.Y - first.Y : last.X - first.X) / steps;
        for (var step = 0; step <= steps; step++)
        {
            var along = isBackward ? steps - step : step;
            yield return isFlat
                ? (first.X + along, (int)(first.Y + (slope * along) + 0.5))
                : ((int)(first.X + (slope * along) + 0.5), first.Y + along);
        }
    }
}
