using System.Text;
using System.Text.Json;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Scenes.Moving;

/// <summary>
/// The video set that comes with the project: clips of one moving object, whose captions say how it moves. All are written byte for byte
/// the same for the same arguments.
/// </summary>
/// <remarks>
/// <c>train/{00000..}.tar</c> holds <c>KEY.mov</c>, <c>KEY.txt</c> and <c>KEY.json</c>; the others are laid out as CLIP-benchmark reads
/// them:
/// <list type="bullet">
/// <item>
/// <c>classification</c>: one class for each motion. A model that averages its frames cannot tell a clip from the same clip backwards, so
/// it gets at most half of them right.
/// </item>
/// <item><c>retrieval</c>: every clip has one exact caption.</item>
/// </list>
/// No clip of a held-out set, nor the same played backwards, occurs in training.
/// </remarks>
public static class MovingSceneDataset
{
    /// <summary>Clips of a training shard.</summary>
    public const int ClipsPerShard = 1000;

    /// <summary>Frames of a clip.</summary>
    public const int Frames = 16;

    private const int FramesPerSecond = 8;
    private const ulong DescriptionStream = 4;
    private const ulong TitleStream = 6;

    private static readonly MovingScene[] All =
    [
        .. from what in SceneObject.All
            from motion in Enum.GetValues<SceneMotion>()
            from background in Enum.GetValues<SceneBackground>()
            select new MovingScene(what, motion, background),
    ];

    private static readonly MovingScene[] Training = [.. All.Where(scene => scene.Split == SceneSplit.Train)];
    private static readonly MovingScene[] Test = [.. All.Where(scene => scene.Split == SceneSplit.Test)];

    /// <summary>Most clips of a held-out set: beyond it the retrieval set runs out of distinct captions.</summary>
    public static int LargestTestCount => Test.Length;

    /// <summary>Writes the three sets into a new or empty folder.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="trainCount">Training clips.</param>
    /// <param name="testCount">Clips of each held-out set.</param>
    /// <param name="seed">Seed of all sets; which scenes are held out does not depend on it.</param>
    /// <param name="size">Side of the pictures in pixels.</param>
    /// <param name="cancellation">Stops the writing; an unfinished shard keeps a name that ends in <c>.partial</c>.</param>
    /// <exception cref="UserErrorException">The counts are out of range, the folder has files in it, or it cannot be written.</exception>
    public static void Write(
        string folder,
        int trainCount,
        int testCount,
        ulong seed,
        int size = SceneGenerator.DefaultSize,
        CancellationToken cancellation = default)
    {
        if (trainCount < 1 || testCount < 1 || testCount > LargestTestCount)
        {
            throw new UserErrorException($"moving scenes: {trainCount} training and {testCount} test clips asked for; "
                + $"give at least 1, and at most {LargestTestCount} for the test");
        }

        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new UserErrorException($"{folder}: not empty; name a new folder for the clips or delete this one first");
            }

            var writer = new SceneShardWriter(seed, size, progress: null, cancellation);
            for (var first = 0; first < trainCount; first += ClipsPerShard)
            {
                var start = first;
                writer.Write(
                    Path.Combine(folder, "train", $"{first / ClipsPerShard:D5}.tar"),
                    Math.Min(ClipsPerShard, trainCount - first),
                    within => TrainingClip(start + within, writer));
            }

            WriteHeldOut(
                writer,
                Path.Combine(folder, "classification"),
                testCount,
                (key, scene) => new($"{key}.cls", Encoding.ASCII.GetBytes($"{(int)scene.Motion}")));
            WriteLines(folder, "classification/classnames.txt", [.. Enum.GetValues<SceneMotion>().Select(MovingScene.Words)]);
            WriteLines(
                folder,
                "classification/zeroshot_classification_templates.txt",
                [.. Enum.GetValues<SceneShape>().Select(shape => $"a {SceneWords.Of(shape)} {{c}}")]);
            WriteHeldOut(
                writer,
                Path.Combine(folder, "retrieval"),
                testCount,
                (key, scene) => new($"{key}.txt", Encoding.UTF8.GetBytes(scene.FullCaption)));
            WriteLines(folder, "retrieval/dataset_type.txt", "retrieval");
        }
        catch (Exception problem) when (AtomicFolder.IsRefusal(problem))
        {
            throw new UserErrorException(
                $"{folder}: the clips cannot be written ({problem.Message}); make room or name another folder",
                problem);
        }
    }

    private static SceneMember[] TrainingClip(int index, SceneShardWriter writer)
    {
        var random = new SceneRandom(writer.Seed, DescriptionStream, (ulong)index);
        var scene = random.Pick(Training);
        var (key, caption) = ($"{index / ClipsPerShard:D5}{index % ClipsPerShard:D4}", random.Pick(scene.Captions));
        return
        [
            Clip(key, scene, index, writer),
            new($"{key}.txt", Encoding.UTF8.GetBytes(caption)),
            new(
                $"{key}.json",
                JsonSerializer.SerializeToUtf8Bytes(
                    new
                    {
                        key,
                        title = Title(scene, index, writer.Seed),
                        caption,
                        description = scene.FullCaption,
                        width = writer.Size,
                        height = writer.Size,
                        num_frames = Frames,
                    })),
        ];
    }

    /// <summary>As owners of clips give them: one in two names the object, and none says what happens.</summary>
    private static string Title(MovingScene scene, int index, ulong seed)
        => new SceneRandom(seed, TitleStream, (ulong)index).Below(2) == 0 ? $"{scene.Object}" : $"clip {index}";

    /// <summary>Different scenes, motions evenly mixed: the test scenes in an order of their own, the same for every count.</summary>
    private static void WriteHeldOut(SceneShardWriter writer, string folder, int count, Func<string, MovingScene, SceneMember> annotation)
    {
        MovingScene[] scenes = [.. Test.OrderBy(scene => SceneRandom.Hash(scene.FullCaption))];
        writer.Write(
            Path.Combine(folder, "test", "0.tar"),
            count,
            index => [Clip($"s{index:D7}", scenes[index], index, writer), annotation($"s{index:D7}", scenes[index])]);
        WriteLines(folder, "test/nshards.txt", "1");
    }

    private static SceneMember Clip(string key, MovingScene scene, int index, SceneShardWriter writer)
        => new($"{key}.mov", QuickTimeFile.Encode(scene.Render(writer.Seed, index, Frames, writer.Size), FramesPerSecond));

    private static void WriteLines(string folder, string name, params string[] lines)
        => File.WriteAllText(Path.Combine(folder, name), string.Join('\n', lines) + "\n");
}
