using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Tests.Evaluation.Sets;

public sealed class EvaluationSetLocatorTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-locate-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Robustness_stands_for_the_six_sets_of_the_table()
    {
        Assert.Equal(
            ["imagenet", "imagenet-v2", "objectnet", "imagenet-a", "imagenet-r", "imagenet-sketch", "mine"],
            EvaluationSetLocator.Expand(["robustness", "mine", "imagenet"]));
        Assert.True(EvaluationSetLocator.AsksForMean(["robustness"]));
        Assert.False(EvaluationSetLocator.AsksForMean(["imagenet"]));
    }

    [Theory]
    [InlineData("imagenet-v2", "imagenetv2")]
    [InlineData("imagenet", "imagenet1k")]
    [InlineData("objectnet", "objectnet-1.0")]
    [InlineData("birds", "birds")]
    public void A_name_is_looked_up_below_the_folder_of_all_sets(string name, string folder)
    {
        Make(folder);
        Assert.Equal((name, Path.Combine(root, folder)), EvaluationSetLocator.Locate(name, root, "test", alone: false));
    }

    [Fact]
    public void The_only_set_may_be_the_folder_itself()
    {
        Make("test");
        File.WriteAllText(Path.Combine(root, "test/nshards.txt"), "1\n");
        Make("birds");
        Assert.Equal(root, EvaluationSetLocator.Locate("birds", root, "test", alone: true).Folder);
        Assert.Equal(Path.Combine(root, "birds"), EvaluationSetLocator.Locate("birds", root, "test", alone: false).Folder);
        Assert.Equal(root, EvaluationSetLocator.Locate("cats", root, "val", alone: true).Folder);
    }

    [Fact]
    public void A_path_is_a_set_by_itself()
    {
        var folder = Make("my-birds");
        Assert.Equal(("my-birds", folder), EvaluationSetLocator.Locate(folder, root, "test", alone: false));
    }

    [Theory]
    [InlineData("cats")]
    [InlineData("imagenet-a")]
    public void A_set_that_is_nowhere_is_an_error_that_says_where_it_was_looked_for(string name)
    {
        var failure = Assert.Throws<UserErrorException>(() => EvaluationSetLocator.Locate(name, root, "test", alone: false));
        Assert.Contains(root, failure.Message, StringComparison.Ordinal);
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    private string Make(string folder) => Directory.CreateDirectory(Path.Combine(root, folder)).FullName;
}
