using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation.Sets;

public sealed class ObjectNetTests : IDisposable
{
    private readonly FolderSet sets = new();

    public void Dispose() => sets.Dispose();

    [Theory]
    [InlineData("objectnet", "objectnet/mappings", "objectnet/images")]
    [InlineData("objectnet", "objectnet/objectnet-1.0/mappings", "objectnet/objectnet-1.0/images")]
    [InlineData("objectnet", "objectnet", "objectnet/objectnet-1.0/images")]
    public void Classes_that_overlap_with_ImageNet_are_asked_for_by_their_own_names(string folder, string mappings, string images)
    {
        Archive(mappings, images);

        var result = sets.Evaluate("objectnet", folder, "prompts");

        Assert.Equal((3, 0), (result.Samples, result.Unreadable)); // the class without counterpart is not read
        Assert.Equal(2.0 / 3, result.Metrics["acc1"], 1e-12);
        Assert.Empty(sets.Log);
    }

    [Fact]
    public void All_classes_are_asked_for_where_the_whole_set_is_named()
    {
        Archive("objectnet/mappings", "objectnet/images");
        sets.Write(
            "objectnet/mappings/folder_to_objectnet_label.json",
            """{"leaf": "Green leaf", "warm": "Warm thing with red", "nothing": "Blue nothing"}""");
        sets.Picture("objectnet/images/nothing/1.png", "blue");

        var result = sets.Evaluate("objectnet-all", "objectnet", "prompts");

        Assert.Equal((4, 0), (result.Samples, result.Unreadable));
        Assert.Equal(3.0 / 4, result.Metrics["acc1"], 1e-12);       // the teal picture is now asked for blue too, and is no warm thing
        Assert.Equal(["acc1", "mean_per_class_recall"], result.Metrics.Keys);
        Assert.Empty(sets.Log);
    }

    [Fact]
    public void The_whole_set_lies_where_ObjectNet_lies_has_its_border_and_is_no_set_of_the_robustness_mean()
    {
        Directory.CreateDirectory(sets.At("all/objectnet-1.0"));
        Assert.Equal(
            ("objectnet-all", sets.At("all/objectnet-1.0")),
            EvaluationSetLocator.Locate("objectnet-all", sets.At("all"), "test", alone: false));
        Assert.Equal(2, NamedSet.Find("objectnet-all")!.Border);
        Assert.DoesNotContain("objectnet-all", EvaluationSetLocator.Expand(["robustness"]));
        EvaluationResult[] results =
        [
            new("objectnet", "zeroshot_classification", new Dictionary<string, double> { ["acc1"] = 0.5 }, 1, 0),
            new("objectnet-all", "zeroshot_classification", new Dictionary<string, double> { ["acc1"] = 1 }, 1, 0),
        ];
        Assert.Equal(0.5, RobustnessMean.Of(results).Metrics["acc1"]);
    }

    [Fact]
    public void Any_of_the_ImageNet_classes_that_a_class_is_mapped_to_is_right()
    {
        Archive("objectnet/mappings", "objectnet/images");

        var metrics = sets.Evaluate("objectnet", "objectnet", "prompts").Metrics;

        // The warm thing is mapped to red and blue, so that its teal picture, more blue than green, is right as well.
        Assert.Equal(1, metrics["mapped_acc1"]);
        Assert.Equal(1, metrics["mapped_mean_per_class_recall"]);
    }

    [Fact]
    public void The_border_is_cut_off()
    {
        Archive("objectnet/mappings", "objectnet/images");
        foreach (var file in Directory.GetFiles(sets.At("objectnet/images"), "*.png", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        // Without its border all green; with it more red than green.
        sets.Picture("objectnet/images/leaf/1.png", "green", border: "red");
        Assert.Equal(1, sets.Evaluate("objectnet", "objectnet", "prompts").Metrics["acc1"]);
    }

    [Fact]
    public void Without_ImageNets_names_the_second_figures_are_left_out_and_that_is_said()
    {
        Archive("objectnet/mappings", "objectnet/images");
        sets.Write("own.yaml", "templates: ['{c}']\n");

        var metrics = sets.Evaluate("objectnet", "objectnet", "own.yaml").Metrics;

        Assert.Equal(["acc1", "mean_per_class_recall"], metrics.Keys);
        Assert.Contains("PE_PROMPTS", Assert.Single(sets.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_that_names_an_unknown_class_is_an_error()
    {
        Archive("objectnet/mappings", "objectnet/images");
        sets.Write("objectnet/mappings/objectnet_to_imagenet_1k.json", """{"Green leaf": "moss", "Warm thing": "red, ruby"}""");
        Assert.Contains(
            "'moss' is no line of imagenet_to_label_2012_v2",
            sets.Failure("objectnet", "objectnet", "prompts"),
            StringComparison.Ordinal);

        sets.Write("objectnet/mappings/objectnet_to_imagenet_1k.json", "no json");
        Assert.Contains("objectnet_to_imagenet_1k.json", sets.Failure("objectnet", "objectnet", "prompts"), StringComparison.Ordinal);
    }

    /// <summary>
    /// Four ImageNet classes, numbered otherwise than they are listed; two classes of ObjectNet that overlap with them and one that does
    /// not.
    /// </summary>
    private void Archive(string mappings, string images)
    {
        sets.Prompts("prompts", "red", "other", "green", "blue");
        sets.Write(
            $"{mappings}/folder_to_objectnet_label.json",
            """{"leaf": "Green leaf", "warm": "Warm thing with red", "nothing": "Nothing"}""");
        sets.Write(
            $"{mappings}/objectnet_to_imagenet_1k.json",
            """{"Warm thing with red": "red, ruby; blue", "Green leaf": "green, emerald"}""");
        sets.Write($"{mappings}/imagenet_to_label_2012_v2", "blue\ngreen, emerald\nother\nred, ruby\n");
        sets.Write($"{mappings}/pytorch_to_imagenet_2012_id.json", """{"0": 3, "1": 2, "2": 1, "3": 0}""");
        sets.Picture($"{images}/leaf/1.png", "green");
        sets.Picture($"{images}/warm/1.png", "red");
        sets.Picture($"{images}/warm/2.png", "teal");
        sets.Picture($"{images}/nothing/1.png", "green");
    }
}
