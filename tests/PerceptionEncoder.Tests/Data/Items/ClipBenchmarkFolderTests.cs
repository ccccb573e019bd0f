using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Tests.Data.Items;

public class ClipBenchmarkFolderTests
{
    private const string Templates = "zeroshot_classification_templates.txt";

    [Fact]
    public void A_classification_set_is_read()
    {
        using var folder = Complete();
        var set = ClipBenchmarkFolder.Open(folder.Root);
        Assert.Equal([folder.PathOf("test/0.tar"), folder.PathOf("test/1.tar")], set.Shards);
        Assert.Equal("classification", set.DatasetType);
        Assert.Equal(["cat", "tabby, tabby cat"], set.ReadClassNames());
        Assert.Equal(["a photo of a {c}.", "{c}"], set.ReadTemplates());
    }

    [Fact]
    public void A_retrieval_set_says_so_and_needs_no_class_names()
    {
        using var folder = Complete();
        File.WriteAllText(folder.PathOf("dataset_type.txt"), "retrieval\n");
        File.Delete(folder.PathOf("classnames.txt"));
        Assert.Equal("retrieval", ClipBenchmarkFolder.Open(folder.Root).DatasetType);
    }

    [Theory]
    [InlineData("cat\n\ndog\n", new[] { "cat", "", "dog" })]
    [InlineData("\r\ncat\r\n", new[] { "", "cat" })]
    [InlineData("cat\ndog\n\n", new[] { "cat", "dog", "" })]
    [InlineData("cat\n \t\n\n", new[] { "cat", "", "" })]
    [InlineData("cat\ndog", new[] { "cat", "dog" })]
    public void Blank_class_names_keep_their_labels_as_in_CLIP_benchmark(string content, string[] names)
    {
        using var folder = Complete();
        File.WriteAllText(folder.PathOf("classnames.txt"), content);
        Assert.Equal(names, ClipBenchmarkFolder.Open(folder.Root).ReadClassNames());
    }

    [Theory]
    [InlineData("test/nshards.txt")]
    [InlineData("test/1.tar")]
    [InlineData("classnames.txt")]
    [InlineData(Templates)]
    public void A_missing_file_is_an_error_that_names_it(string name)
    {
        using var folder = Complete();
        File.Delete(folder.PathOf(name));
        Assert.Contains(folder.PathOf(name), ReadAll(folder).Message);
    }

    [Theory]
    [InlineData("test/nshards.txt", "two")]
    [InlineData("test/nshards.txt", "0")]
    [InlineData("test/nshards.txt", "")]
    [InlineData("classnames.txt", "\n \n")]
    [InlineData("classnames.txt", "")]
    [InlineData(Templates, "a photo of a {}.")]
    public void A_file_that_makes_no_sense_is_an_error_that_names_it(string name, string content)
    {
        using var folder = Complete();
        File.WriteAllText(folder.PathOf(name), content);
        Assert.Contains(folder.PathOf(name), ReadAll(folder).Message);
    }

    [Fact]
    public void A_missing_folder_is_an_error_that_names_it()
        => Assert.Contains("/nowhere", Assert.Throws<UserErrorException>(() => ClipBenchmarkFolder.Open("/nowhere")).Message);

    private static UserErrorException ReadAll(ShardFolder folder) => Assert.Throws<UserErrorException>(() =>
    {
        var set = ClipBenchmarkFolder.Open(folder.Root);
        set.ReadClassNames();
        set.ReadTemplates();
    });

    private static ShardFolder Complete()
    {
        var folder = new ShardFolder();
        Directory.CreateDirectory(folder.PathOf("test"));
        folder.AddShard("test/0.tar");
        folder.AddShard("test/1.tar");
        File.WriteAllText(folder.PathOf("test/nshards.txt"), "2\n");
        File.WriteAllText(folder.PathOf("classnames.txt"), "cat\r\ntabby, tabby cat\r\n");
        File.WriteAllText(folder.PathOf(Templates), "a photo of a {c}.\n{c}\n");
        return folder;
    }
}
