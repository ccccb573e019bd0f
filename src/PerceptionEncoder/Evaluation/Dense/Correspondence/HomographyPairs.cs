using System.Globalization;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Views of flat scenes, in HPatches' layout: each folder has pictures 1 to 6, and for the others a homography <c>H_1_k</c> that brings
/// places of the first into theirs. The key points are places on an even grid of the first that lie inside of the other too.
/// </summary>
internal static class HomographyPairs
{
    private const int Grid = 16, Views = 6;

    private static readonly string[] Endings = ["ppm", "png", "jpg"];

    /// <summary>Whether a folder holds scenes of this layout.</summary>
    public static bool AreIn(string folder)
        => Directory.Exists(folder) && Directory.EnumerateDirectories(folder).Any(scene => File.Exists(Path.Combine(scene, "H_1_2")));

    /// <summary>Reads all pairs.</summary>
    /// <param name="set">Where they are.</param>
    /// <param name="log">Told of pairs that are left out, as they have no place in common.</param>
    /// <exception cref="UserErrorException">A picture is missing or damaged, or a homography is none.</exception>
    public static IReadOnlyList<KeyPointPair> Read(CorrespondenceSetOptions set, Action<string> log)
    {
        var pairs = new List<KeyPointPair>();
        foreach (var scene in Directory.GetDirectories(set.Data).Order(StringComparer.Ordinal))
        {
            int[] views = [.. Enumerable.Range(2, Views - 1).Where(view => File.Exists(Path.Combine(scene, $"H_1_{view}")))];
            var first = views.Length == 0 ? default : Picture(scene, 1, set);
            foreach (var view in views)
            {
                var homography = Homography(Path.Combine(scene, $"H_1_{view}"));
                if (Pair(Path.GetFileName(scene), first, Picture(scene, view, set), view, homography) is { } pair)
                {
                    pairs.Add(pair);
                }
                else
                {
                    log($"{set.Name}: {Path.GetFileName(scene)} 1 and {view} have no place in common; left out");
                }
            }
        }

        return pairs;
    }

    /// <summary>Null where they have no place in common.</summary>
    private static KeyPointPair? Pair(
        string scene,
        (string Name, PictureSize Size) first,
        (string Name, PictureSize Size) second,
        int view,
        double[] homography)
    {
        var (here, there) = (first.Size, second.Size);
        var (from, to) = (new List<KeyPoint>(), new List<KeyPoint>());
        for (var cell = 0L; cell < Grid * Grid; cell++)
        {
            var place = here.CenterOf(cell, Grid);
            var (x, y, scale) = (Row(0), Row(1), Row(2));
            var moved = new KeyPoint(x / scale, y / scale);
            if (scale != 0 && moved.X >= 0 && moved.Y >= 0 && moved.X < there.Width && moved.Y < there.Height)
            {
                from.Add(place);
                to.Add(moved);
            }

            double Row(int row)
                => (homography[3 * row] * place.X) + (homography[(3 * row) + 1] * place.Y) + homography[(3 * row) + 2];
        }

        return from.Count == 0 ? null : new KeyPointPair(
            $"{scene}-1-{view}",
            first.Name,
            second.Name,
            here,
            there,
            from,
            to,
            null);
    }

    /// <summary>A picture's path below the set's folder, and its size.</summary>
    private static (string Name, PictureSize Size) Picture(string scene, int view, CorrespondenceSetOptions set)
    {
        var path = Endings.Select(ending => Path.Combine(scene, $"{view}.{ending}")).FirstOrDefault(File.Exists)
            ?? throw new UserErrorException($"{scene}: has no picture {view} (.{string.Join(", .", Endings)}), and homographies.");
        var header = NamedImage.Read(path, file => ImageHeader.Read(file, set.MaxPixels));
        return (Path.GetRelativePath(set.Data, path), new PictureSize(header.Width, header.Height));
    }

    private static double[] Homography(string path)
    {
        double[] numbers = [.. UserText.Read(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
        return numbers.Length == 9 && numbers.All(double.IsFinite) ? numbers
            : throw new UserErrorException($"{path}: is no homography. Give a matrix of 3 by 3 numbers.");
    }
}
