using System.Text.Json;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>The pictures of a set and their depths, to train on and to measure.</summary>
/// <param name="Train">In a fixed order.</param>
/// <param name="Test">In a fixed order.</param>
internal sealed record DepthFiles(IReadOnlyList<DepthPair> Train, IReadOnlyList<DepthPair> Test)
{
    private const string Colours = "rgb";
    private const string Depths = "depth";
    private const string Meta = "meta.json";
    private const int MeasuredEvery = 5;

    /// <summary>NYUv2's depths, in its folders' own names, are in millimetres; KITTI's in 256ths of a metre.</summary>
    private static readonly (string Part, double Scale)[] KnownScales = [("sync_depth", 1000), ("proj_depth", 256)];

    /// <summary>Finds the pairs; only lists and <c>meta.json</c> are read.</summary>
    /// <exception cref="UserErrorException">There are no pairs, a scene is missing, or the scale is not known.</exception>
    public static DepthFiles Find(DepthSetOptions set)
    {
        if (!Directory.Exists(set.Data))
        {
            throw new UserErrorException($"{set.Data}: no such folder.");
        }

        var root = Scenes(set.Data).Length == 0 && Lists(set.Data) is null && Directory.GetDirectories(set.Data) is [var only]
            ? only
            : set.Data;
        if (Lists(root) is not null && set.TestScenes.Count > 0)
        {
            throw new UserErrorException($"{root}: has lists of what is measured, and no scenes. Leave out --test-scenes.");
        }

        return Lists(root) is { } lists
            ? new DepthFiles(OfList(set, root, lists.Train), OfList(set, root, lists.Test))
            : OfScenes(set, root);
    }

    private static DepthFiles OfScenes(DepthSetOptions set, string root)
    {
        var scenes = Scenes(root);
        if (scenes.Length == 0)
        {
            throw new UserErrorException(
                $"{set.Data}: no depth set: SCENE/{Colours}/NAME.jpg beside SCENE/{Depths}/NAME.png, or train.txt and test.txt with a "
                + "picture and its depths in each line.");
        }

        if (set.TestScenes.Except(scenes).FirstOrDefault() is { } missing)
        {
            throw new UserErrorException($"{set.Data}: there is no scene {missing}. There are {string.Join(", ", scenes)}.");
        }

        var scales = Scales(root);
        var pairs = scenes.ToDictionary(scene => scene, scene => OfScene(set, root, scene, scales).ToArray());
        if (scenes.Length == 1)
        {
            var all = pairs[scenes[0]];
            return new DepthFiles(
                [.. all.Where((_, index) => index % MeasuredEvery != MeasuredEvery - 1)],
                [.. all.Where((_, index) => index % MeasuredEvery == MeasuredEvery - 1)]);
        }

        IReadOnlyList<string> measured = set.TestScenes.Count > 0 ? set.TestScenes : [scenes[^1]];
        return new DepthFiles(
            [.. scenes.Except(measured).SelectMany(scene => pairs[scene])],
            [.. scenes.Intersect(measured).SelectMany(scene => pairs[scene])]);
    }

    private static IEnumerable<DepthPair> OfScene(DepthSetOptions set, string root, string scene, Dictionary<string, double> scales)
    {
        var folder = Path.Combine(root, scene, Colours);
        var scale = set.DepthScale ?? (scales.TryGetValue(scene, out var known) ? known : throw UnknownScale(set));
        return FolderTree.Files(folder).Where(MediaFiles.IsImage).Select(picture =>
        {
            var name = Path.GetFileNameWithoutExtension(picture);
            return new DepthPair(picture, Path.Combine(root, scene, Depths, $"{name}.png"), scene == "." ? name : $"{scene}/{name}", scale);
        });
    }

    private static DepthPair[] OfList(DepthSetOptions set, string root, string list) =>
    [
        .. UserText.Read(list).Split('\n')
            .Select(line => line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 2 && words[1] != "None")              // KITTI's word where there is no file
            .Select(words => new DepthPair(
                Path.Combine(root, words[0].TrimStart('/')),
                Path.Combine(root, words[1].TrimStart('/')),
                Path.ChangeExtension(words[0].TrimStart('/'), null),
                set.DepthScale
                    ?? Array.Find(KnownScales, known => words[1].Contains(known.Part, StringComparison.Ordinal)) switch
                    {
                        { Scale: > 0 } known => known.Scale,
                        _ => throw UnknownScale(set),
                    })),
    ];

    private static UserErrorException UnknownScale(DepthSetOptions set) => new(
        $"{set.Data}: what a metre is in the depth files is not known. Give --depth-scale, as 1000 for millimetres.");

    /// <summary>Files of the two parts, by the name of their lists.</summary>
    private static (string Train, string Test)? Lists(string root)
    {
        var lists = Directory.GetFiles(root, "*.txt").Order(StringComparer.Ordinal).ToArray();
        var (train, test) = (Find("train"), Find("test") ?? Find("val"));
        return train is not null && test is not null ? (train, test) : null;

        string? Find(string part)
            => Array.Find(lists, list => Path.GetFileNameWithoutExtension(list).Contains(part, StringComparison.Ordinal));
    }

    /// <summary>Folders that hold pictures beside depths; <c>.</c> is the set's own.</summary>
    private static string[] Scenes(string root) =>
    [
        .. Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)).Append(".")
            .Where(scene => Directory.Exists(Path.Combine(root, scene, Colours)) && Directory.Exists(Path.Combine(root, scene, Depths)))
            .Order(StringComparer.Ordinal),
    ];

    private static Dictionary<string, double> Scales(string root)
    {
        var path = Path.Combine(root, Meta);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var meta = UserJson.Parse(UserText.Read(path));
            var scales = new Dictionary<string, double>();
            foreach (var scene in meta.RootElement.EnumerateObject())
            {
                if (scene.Value.TryGetProperty("depth_scale", out var scale))
                {
                    scales[scene.Name] = scale.GetDouble() is > 0 and < double.PositiveInfinity and var metre ? metre
                        : throw new FormatException($"the depth_scale of {scene.Name} is {scale}, and must be above 0");
                }
            }

            return scales;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException(
                $"{path}: is no list of scenes with their depth_scale ({failure.Message.ReplaceLineEndings(" ")}).",
                failure);
        }
    }
}
