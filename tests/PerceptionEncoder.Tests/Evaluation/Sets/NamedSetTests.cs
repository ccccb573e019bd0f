namespace PerceptionEncoder.Tests.Evaluation.Sets;

/// <summary>The published sets in small: three ImageNet classes, n00000001 red, n00000002 green, n00000003 blue.</summary>
public sealed class NamedSetTests : IDisposable
{
    private readonly FolderSet sets = new();

    public NamedSetTests() => sets.Prompts("prompts", "red", "green", "blue");

    public void Dispose() => sets.Dispose();

    [Fact]
    public void ImageNet_asks_for_all_classes_also_where_some_have_no_folder()
    {
        Wnids();
        sets.Picture("imagenet/val/n00000002/a.png", "ochre"); // more red than green
        sets.Picture("imagenet/val/n00000003/b.png", "blue");

        Assert.Equal(0.5, sets.Evaluate("imagenet", "imagenet", "prompts").Metrics["acc1"], 1e-12);
    }

    [Theory]
    [InlineData("imagenet-a")]
    [InlineData("imagenet-r")]
    public void Subsets_ask_for_the_classes_that_have_a_folder(string name)
    {
        Wnids();
        sets.Picture($"{name}/n00000002/a.png", "ochre"); // red does not compete
        sets.Picture($"{name}/n00000003/b.png", "blue");
        Assert.Equal(1, sets.Evaluate(name, name, "prompts").Metrics["acc1"]);
    }

    [Fact]
    public void Ids_that_are_listed_in_another_order_have_the_labels_of_their_sorted_order()
    {
        sets.Write("wnids.txt", "n00000003\nn00000001\nn00000002\n");
        sets.Picture("imagenet-a/n00000003/a.png", "blue");
        sets.Picture("imagenet-a/n00000001/a.png", "red");
        Assert.Equal(1, sets.Evaluate("imagenet-a", "imagenet-a", "prompts").Metrics["acc1"]);
    }

    [Fact]
    public void Ids_are_found_in_ImageNets_own_folders_beside_the_set()
    {
        foreach (var (id, colour) in new[] { ("n00000001", "red"), ("n00000002", "green"), ("n00000003", "blue") })
        {
            sets.Picture($"imagenet/val/{id}/a.png", colour);
        }

        sets.Picture("imagenet-a/n00000003/b.png", "blue");
        sets.Picture("imagenet-a/n00000001/b.png", "red");
        Assert.Equal(1, sets.Evaluate("imagenet-a", "imagenet-a", "prompts").Metrics["acc1"]);
    }

    [Fact]
    public void A_subset_of_unknown_classes_is_an_error_that_says_what_is_missing()
    {
        sets.Picture("imagenet-a/n00000002/a.png", "green");
        Assert.Contains("wnids.txt", sets.Failure("imagenet-a", "imagenet-a", "prompts"), StringComparison.Ordinal);

        Wnids();
        sets.Picture("imagenet-a/n00000009/a.png", "green");
        Assert.Contains("n00000009", sets.Failure("imagenet-a", "imagenet-a", "prompts"), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_ImageNet_V2_are_class_numbers()
    {
        sets.Prompts("many", ["red", "green", .. Enumerable.Repeat("other", 8), "blue", "other"]);
        sets.Picture("imagenet-v2/imagenetv2-matched-frequency-format-val/0/a.png", "red");
        sets.Picture("imagenet-v2/imagenetv2-matched-frequency-format-val/10/a.png", "blue");
        sets.Picture("imagenet-v2/imagenetv2-matched-frequency-format-val/1/a.png", "green");

        Assert.Equal(1, sets.Evaluate("imagenet-v2", "imagenet-v2", "many").Metrics["acc1"]);
    }

    [Fact]
    public void Sketch_folders_take_the_names_in_the_order_of_their_ids()
    {
        sets.Picture("imagenet-sketch/sketch/n00000003/a.png", "blue");
        sets.Picture("imagenet-sketch/sketch/n00000001/a.png", "red");
        sets.Picture("imagenet-sketch/sketch/n00000002/a.png", "green");

        Assert.Equal(1, sets.Evaluate("imagenet-sketch", "imagenet-sketch", "prompts").Metrics["acc1"]);
    }

    private void Wnids() => sets.Write("wnids.txt", "n00000001\nn00000002\nn00000003\n");
}
