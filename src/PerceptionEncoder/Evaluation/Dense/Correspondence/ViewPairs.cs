using System.Globalization;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Pairs of views of a scene, in the form of SuperGlue's evaluation: a line has two names, two rotations, the lenses of both cameras and
/// the motion between them. Places on an even grid of the first picture that have a depth are moved into the second; one that the second
/// camera's depth does not confirm is hidden there and left out.
/// </summary>
internal static class ViewPairs
{
    /// <summary>The list of pairs.</summary>
    public const string List = "pairs_with_gt.txt";

    /// <summary>Places a side of the grid.</summary>
    private const int Grid = 16;

    /// <summary>Metres by which both depths may differ.</summary>
    private const double Tolerance = 0.05;

    private const int Columns = 38;

    /// <summary>Reads all pairs.</summary>
    /// <param name="set">Where they are.</param>
    /// <param name="log">Told of pairs that are left out, as without depth their points are not known.</param>
    /// <exception cref="UserErrorException">The list or a map of depths is not as it should be.</exception>
    public static IReadOnlyList<KeyPointPair> Read(CorrespondenceSetOptions set, Action<string> log)
    {
        var path = Path.Combine(set.Data, List);
        var depths = new Dictionary<string, ViewDepth?>();
        var (pairs, others) = (new List<KeyPointPair>(), 0);
        foreach (var (index, line) in UserText.Read(path).Split('\n').Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)))
        {
            var columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            double[] numbers = [.. columns.Skip(2).Select(text =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
            if (columns.Length != Columns || !numbers.All(double.IsFinite) || numbers[0] != 0 || numbers[1] != 0
                || numbers[2] == 0 || numbers[6] == 0)
            {
                throw new UserErrorException(
                    $"{path}:{index + 1}: is no pair. Give two names, two rotations of 0, two lenses of 3 by 3 and a motion of 4 by 4: "
                    + $"{Columns} columns.");
            }

            if (Depth(columns[0]) is { } first
                && Depth(columns[1]) is { } second
                && Pair(columns, new CameraPair(numbers[2..11], numbers[11..20], numbers[20..36]), first, second) is { } pair)
            {
                pairs.Add(pair);
            }
            else
            {
                others++;
            }
        }

        if (others > 0)
        {
            log($"{set.Name}: {others} pairs have no depth (depth/NAME.png) that both cameras confirm; they are left out");
        }

        return pairs;

        ViewDepth? Depth(string name)
        {
            if (!depths.TryGetValue(name, out var map))
            {
                var file = Path.Combine(set.Data, "depth", Path.ChangeExtension(name, ".png"));
                depths[name] = map = File.Exists(file) ? ViewDepth.Read(file, set.MaxPixels) : null;
            }

            return map;
        }
    }

    private static KeyPointPair? Pair(string[] names, CameraPair cameras, ViewDepth first, ViewDepth second)
    {
        var (from, to) = (new List<KeyPoint>(), new List<KeyPoint>());
        for (var cell = 0L; cell < Grid * Grid; cell++)
        {
            var place = first.Size.CenterOf(cell, Grid);
            if (first.At(place) is { } depth
                && cameras.Move(place, depth) is { } moved
                && second.At(moved.Place) is { } seen
                && Math.Abs(seen - moved.Depth) <= Tolerance)
            {
                from.Add(place);
                to.Add(moved.Place);
            }
        }

        return from.Count == 0 ? null : new KeyPointPair(
            $"{Path.GetFileNameWithoutExtension(names[0])}-{Path.GetFileNameWithoutExtension(names[1])}",
            $"images/{names[0]}",
            $"images/{names[1]}",
            first.Size,
            second.Size,
            from,
            to,
            null);
    }
}
