using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Tools.Scenes;

namespace PerceptionEncoder.Tests.Tools.Scenes;

public sealed class SceneDatasetTests : IDisposable
{
    private const int TrainCount = 600;
    private const int TestCount = 96;
    private readonly string root = Directory.CreateTempSubdirectory("pe-scenes-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_same_seed_writes_the_same_bytes_and_another_seed_others()
    {
        var (one, again, other) = (Write("one", 7), Write("again", 7), Write("other", 8));
        var names = Directory.EnumerateFiles(one, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(one, path)).Order().ToArray();
        Assert.Equal(
            names,
            Directory.EnumerateFiles(again, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(again, path)).Order());
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(one, name)), File.ReadAllBytes(Path.Combine(again, name))));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(one, "train/00000.tar")), File.ReadAllBytes(Path.Combine(other, "train/00000.tar")));
    }

    [Fact]
    public void Training_samples_have_a_picture_a_caption_and_a_record_under_one_key()
    {
        var samples = Samples(Path.Combine(Write("set", 7), "train/00000.tar"));
        Assert.Equal(TrainCount, samples.Count);
        Assert.All(samples, sample =>
        {
            Assert.Equal(["json", "png", "txt"], sample.Value.Keys.Order());
            using var record = JsonDocument.Parse(sample.Value["json"]);
            Assert.Equal(sample.Key, record.RootElement.GetProperty("key").GetString());
            Assert.Equal(Encoding.UTF8.GetString(sample.Value["txt"]), record.RootElement.GetProperty("caption").GetString());
            Assert.Equal(SceneGenerator.DefaultSize, record.RootElement.GetProperty("width").GetInt32());
        });
    }

    [Fact]
    public void No_retrieval_caption_is_repeated_or_describes_a_training_scene()
    {
        var folder = Write("set", 7);
        var captions = Samples(Path.Combine(folder, "retrieval/test/0.tar")).Values
            .Select(members => Encoding.UTF8.GetString(members["txt"])).ToArray();
        Assert.Equal(TestCount, captions.Distinct().Count());
        var trained = Samples(Path.Combine(folder, "train/00000.tar")).Values.Select(members =>
        {
            using var record = JsonDocument.Parse(members["json"]);
            return record.RootElement.GetProperty("description").GetString()!;
        });
        Assert.Empty(captions.Intersect(trained));
        Assert.Equal("retrieval\n", File.ReadAllText(Path.Combine(folder, "retrieval/dataset_type.txt")));
    }

    [Theory]
    [InlineData("classification", 48)]
    [InlineData("relations", 24)]
    public void Labelled_sets_are_balanced_over_the_classes_they_name(string set, int classes)
    {
        var folder = Path.Combine(Write("set", 7), set);
        var names = File.ReadAllLines(Path.Combine(folder, "classnames.txt"));
        Assert.Equal(classes, names.Distinct().Count());
        Assert.All(
            File.ReadAllLines(Path.Combine(folder, "zeroshot_classification_templates.txt")),
            template => Assert.Contains("{c}", template, StringComparison.Ordinal));
        Assert.Equal("1\n", File.ReadAllText(Path.Combine(folder, "test/nshards.txt")));
        var labels = Samples(Path.Combine(folder, "test/0.tar")).Values
            .Select(members => int.Parse(Encoding.ASCII.GetString(members["cls"]))).ToArray();
        Assert.Equal(TestCount, labels.Length);
        Assert.All(labels.GroupBy(label => label), group => Assert.Equal(TestCount / classes, group.Count()));
        Assert.Equal(classes, labels.Distinct().Count(label => label < names.Length));
    }

    [Fact]
    public void Each_class_of_the_relations_set_has_its_mirror_beside_it_and_no_scene_of_training()
    {
        foreach (var two in RelationClass.All.Chunk(2))
        {
            Assert.NotEqual(two[0].Name, two[1].Name);
            Assert.Equal(two[0].Name.Split(' ').Order(), two[1].Name.Split(' ').Order());
            Assert.All(two, each => Assert.All(each.Scenes, scene => Assert.Equal(SceneSplit.Test, scene.Split)));
        }
    }

    [Fact]
    public void Progress_ends_at_the_number_of_samples_written()
    {
        var reports = new Reports();
        SceneDataset.Write(Path.Combine(root, "set"), 10, 5, 7, reports);
        Assert.Equal(25, reports.Last);
    }

    [Fact]
    public void The_largest_test_set_still_has_distinct_captions()
    {
        var folder = Path.Combine(root, "set");
        SceneDataset.Write(folder, 1, SceneDataset.LargestTestCount, 7, size: 8);
        var captions = Samples(Path.Combine(folder, "retrieval/test/0.tar")).Values
            .Select(members => Encoding.UTF8.GetString(members["txt"]));
        Assert.Equal(SceneDataset.LargestTestCount, captions.Distinct().Count());
    }

    [Fact]
    public void A_folder_with_files_in_it_is_refused()
    {
        File.WriteAllText(Path.Combine(root, "notes.txt"), "mine");
        var problem = Assert.Throws<UserErrorException>(() => SceneDataset.Write(root, 10, 5, 7));
        Assert.Contains("not empty", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    [InlineData(10, 801)]
    public void Counts_out_of_range_are_refused(int train, int test)
        => Assert.Throws<UserErrorException>(() => SceneDataset.Write(Path.Combine(root, "set"), train, test, 7));

    private string Write(string name, ulong seed)
    {
        var folder = Path.Combine(root, name);
        SceneDataset.Write(folder, TrainCount, TestCount, seed);
        return folder;
    }

    private static Dictionary<string, Dictionary<string, byte[]>> Samples(string path)
    {
        var samples = new Dictionary<string, Dictionary<string, byte[]>>();
        using var tar = new TarReader(File.OpenRead(path));
        while (tar.GetNextEntry() is { } entry)
        {
            var parts = entry.Name.Split('.');
            using var content = new MemoryStream();
            entry.DataStream!.CopyTo(content);
            samples.TryAdd(parts[0], []);
            samples[parts[0]].Add(parts[1], content.ToArray());
        }

        return samples;
    }

    private sealed class Reports : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }
}
