using System.Text.Json;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>The pairs of a part of a set in SPair-71k's layout.</summary>
internal static class SpairPairs
{
    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true };

    /// <summary>Reads a part.</summary>
    /// <param name="set">Where it is.</param>
    /// <exception cref="UserErrorException">A list or a pair's file is missing or is not as it should be.</exception>
    public static IReadOnlyList<KeyPointPair> Read(CorrespondenceSetOptions set)
    {
        var list = Path.Combine(set.Data, "Layout", set.Layout, $"{set.Split}.txt");
        if (!File.Exists(list))
        {
            throw new UserErrorException(
                $"{list}: no such file. A set in SPair-71k's layout has Layout/{set.Layout}/SPLIT.txt beside PairAnnotation and "
                + "JPEGImages.");
        }

        return [.. UserText.Read(list).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => Pair(name, Path.Combine(set.Data, "PairAnnotation", set.Split, $"{name}.json")))];
    }

    private static KeyPointPair Pair(string name, string path)
    {
        try
        {
            using var json = UserJson.Parse(UserText.Read(path));
            return Pair(name, path, json.Deserialize<SpairAnnotation>(Json) ?? throw new JsonException("it is null"));
        }
        catch (JsonException problem)
        {
            throw new UserErrorException(
                $"{path}: is no annotation of a pair ({problem.Message.ReplaceLineEndings(" ").TrimEnd('.')}).",
                problem);
        }
    }

    private static KeyPointPair Pair(string name, string path, SpairAnnotation pair)
    {
        if (pair.SourcePoints.Length != pair.TargetPoints.Length || pair.SourcePoints.Length == 0)
        {
            throw new UserErrorException(
                $"{path}: has {pair.SourcePoints.Length} key points in one picture and {pair.TargetPoints.Length} in the other.");
        }

        if (pair.SourcePoints.Concat(pair.TargetPoints).Any(point => point is not { Length: 2 } || !point.All(double.IsFinite)))
        {
            throw new UserErrorException($"{path}: a key point is not x and y.");
        }

        var length = pair.TargetBox is [var left, var top, var right, var bottom] ? Math.Max(right - left, bottom - top) : 0;
        return length > 0
            ? new KeyPointPair(
                name,
                $"JPEGImages/{pair.Category}/{pair.Source}",
                $"JPEGImages/{pair.Category}/{pair.Target}",
                Size(path, pair.SourceSize),
                Size(path, pair.TargetSize),
                [.. pair.SourcePoints.Select(Point)],
                [.. pair.TargetPoints.Select(Point)],
                length)
            : throw new UserErrorException($"{path}: trg_bndbox must be left, top, right and bottom of a box.");
    }

    private static PictureSize Size(string path, int[] sides) => sides is [> 0 and var width, > 0 and var height, ..]
        ? new PictureSize(width, height)
        : throw new UserErrorException($"{path}: src_imsize and trg_imsize must be width and height.");

    private static KeyPoint Point(double[] place) => new(place[0], place[1]);
}
