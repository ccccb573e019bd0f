using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// The data set that comes with the project: rendered scenes with captions for training, and three held-out sets. All are written
/// byte for byte the same for the same arguments.
/// </summary>
/// <remarks>
/// <c>train/{00000..}.tar</c> is laid out as img2dataset writes it; the others as CLIP-benchmark reads them:
/// <list type="bullet">
/// <item><c>classification</c>: single objects, one class for each colour and shape.</item>
/// <item>
/// <c>retrieval</c>: every picture has one exact caption, true of no other; each pair comes with its mirror, whose caption has the same
/// words.
/// </item>
/// <item><c>relations</c>: 24 classes, six pairs of objects in four arrangements each: which is left of, or above, the other? A model
/// that ignores the order of words cannot tell an arrangement from its mirror, so it gets at most half of them right.</item>
/// </list>
/// </remarks>
public static class SceneDataset
{
    /// <summary>Samples in a training shard.</summary>
    public const int SamplesPerShard = 5000;

    /// <summary>Most samples of a held-out set: beyond it the retrieval set runs out of distinct captions.</summary>
    public const int LargestTestCount = 800;

    /// <summary>Writes the four sets into a new or empty folder.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="trainCount">Training pairs.</param>
    /// <param name="testCount">Samples of each held-out set.</param>
    /// <param name="seed">Seed of all sets; which scenes are held out does not depend on it.</param>
    /// <param name="progress">
    /// Told the number of samples written so far, of <paramref name="trainCount"/> + 3 <paramref name="testCount"/>.
    /// </param>
    /// <param name="size">Side of the pictures in pixels.</param>
    /// <param name="cancellation">
    /// Stops the writing; what is written stays, an unfinished shard under a name that ends in <c>.partial</c>.
    /// </param>
    /// <exception cref="UserErrorException">The counts are out of range, the folder has files in it, or it cannot be written.</exception>
    public static void Write(
        string folder,
        int trainCount,
        int testCount,
        ulong seed,
        IProgress<int>? progress = null,
        int size = SceneGenerator.DefaultSize,
        CancellationToken cancellation = default)
    {
        if (trainCount < 1 || testCount is < 1 or > LargestTestCount)
        {
            throw new UserErrorException($"scenes: {trainCount} training and {testCount} test samples asked for; "
                + $"give at least 1, and at most {LargestTestCount} for the test");
        }

        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new UserErrorException($"{folder}: not empty; name a new folder for the scenes or delete this one first");
            }

            var writer = new SceneShardWriter(seed, size, progress, cancellation);
            WriteTraining(writer, folder, trainCount);
            WriteClassification(writer, Path.Combine(folder, "classification"), testCount);
            WriteRetrieval(writer, Path.Combine(folder, "retrieval"), testCount);
            WriteRelations(writer, Path.Combine(folder, "relations"), testCount);
        }
        catch (Exception problem) when (AtomicFolder.IsRefusal(problem))
        {
            throw new UserErrorException(
                $"{folder}: the scenes cannot be written ({problem.Message}); make room or name another folder",
                problem);
        }
    }

    private static void WriteTraining(SceneShardWriter writer, string folder, int count)
    {
        for (var (shard, first) = (0, 0); first < count; shard++, first += SamplesPerShard)
        {
            var number = shard;
            writer.Write(
                Path.Combine(folder, "train", $"{shard:D5}.tar"),
                Math.Min(SamplesPerShard, count - first),
                within => SceneMembers.ImageText(
                    $"{number:D5}{within:D4}",
                    SceneGenerator.Generate(writer.Seed, (number * (long)SamplesPerShard) + within, SceneSplit.Train, writer.Size)));
        }
    }

    private static void WriteClassification(SceneShardWriter writer, string folder, int count)
    {
        var classes = SceneObject.All;
        writer.Write(Path.Combine(folder, "test", "0.tar"), count, index =>
        {
            var label = index % classes.Count;
            var description = SceneGenerator.TestSingle(classes[label], writer.Seed, index);
            return SceneMembers.Labelled(index, SceneGenerator.Render(description, writer.Seed, index, writer.Size), label);
        });
        WriteLines(folder, "test/nshards.txt", "1");
        WriteLines(folder, "classnames.txt", [.. classes.Select(each => each.ToString())]);
        WriteLines(folder, "zeroshot_classification_templates.txt", "a {c}", "a picture of a {c}", "one {c}");
    }

    private static void WriteRetrieval(SceneShardWriter writer, string folder, int count)
    {
        var descriptions = DistinctTestDescriptions(writer.Seed, count);
        writer.Write(
            Path.Combine(folder, "test", "0.tar"),
            count,
            index => SceneMembers.Captioned(index, SceneGenerator.Render(descriptions[index], writer.Seed, index, writer.Size)));
        WriteLines(folder, "test/nshards.txt", "1");
        WriteLines(folder, "dataset_type.txt", "retrieval");
    }

    private static void WriteRelations(SceneShardWriter writer, string folder, int count)
    {
        var classes = RelationClass.All;
        writer.Write(Path.Combine(folder, "test", "0.tar"), count, index =>
        {
            var label = index % classes.Count;
            var scenes = classes[label].Scenes;
            return SceneMembers.Labelled(
                index,
                SceneGenerator.Render(scenes[index / classes.Count % scenes.Count], writer.Seed, index, writer.Size),
                label);
        });
        WriteLines(folder, "test/nshards.txt", "1");
        WriteLines(folder, "classnames.txt", [.. classes.Select(each => each.Name)]);
        WriteLines(folder, "zeroshot_classification_templates.txt", "{c}");
    }

    /// <summary>Test scenes in the order drawn, none twice, each pair followed by its mirror.</summary>
    private static List<SceneDescription> DistinctTestDescriptions(ulong seed, int count)
    {
        var distinct = new OrderedDictionary<SceneDescription, bool>();
        for (var draw = 0L; distinct.Count < count; draw++)
        {
            var description = SceneGenerator.Describe(seed, draw, SceneSplit.Test);
            distinct.TryAdd(description, true);
            if (description is PairScene pair)
            {
                distinct.TryAdd(pair.Mirrored, true);
            }
        }

        return [.. distinct.Keys.Take(count)];
    }

    private static void WriteLines(string folder, string name, params string[] lines)
        => File.WriteAllText(Path.Combine(folder, name), string.Join('\n', lines) + "\n");
}
