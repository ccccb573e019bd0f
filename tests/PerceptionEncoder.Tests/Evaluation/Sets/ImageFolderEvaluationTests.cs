namespace PerceptionEncoder.Tests.Evaluation.Sets;

public sealed class ImageFolderEvaluationTests : IDisposable
{
    private readonly FolderSet sets = new();

    public void Dispose() => sets.Dispose();

    [Theory]
    [InlineData("set")]
    [InlineData("set/val")]
    [InlineData("set/test")]
    [InlineData("set/colours-v1")]
    public void Class_folders_are_named_line_by_line_wherever_they_lie_in_the_set(string folder)
    {
        Colours(folder);
        sets.Picture($"{folder}/b-second/wrong.png", "blue");

        var result = sets.Evaluate("plain", "set");

        Assert.Equal((5, 0), (result.Samples, result.Unreadable));
        Assert.Equal(0.8, result.Metrics["acc1"], 1e-12);
        Assert.Equal((1 + 0.5 + 1) / 3, result.Metrics["mean_per_class_recall"], 1e-12);
    }

    [Fact]
    public void A_file_that_is_no_image_is_named_and_changes_the_count()
    {
        Colours("set");
        sets.Write("set/a-first/broken.jpg", "no picture");

        var result = sets.Evaluate("plain", "set");

        Assert.Equal((4, 1), (result.Samples, result.Unreadable));
        Assert.Equal(2, sets.Log.Count);
        Assert.Contains("has a folder for each of 3 classes", sets.Log[0], StringComparison.Ordinal);
        Assert.Contains("sample a-first/broken.jpg, left out", sets.Log[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_and_files_that_are_passed_over_are_named_and_change_no_figure()
    {
        Colours("set/val");
        sets.Picture("set/val/__MACOSX/._x.png", "red");
        sets.Write("set/val/empty/notes.md", "");
        sets.Write("set/val/a-first/more.tif", "");
        sets.Write("set/__MACOSX/val/x", "");

        var result = sets.Evaluate("plain", "set");

        Assert.Equal((4, 0), (result.Samples, result.Unreadable));
        Assert.Equal(
            ["plain: passed over 2 folders that are no classes: __MACOSX, empty", "plain: passed over files that are no images: 1 .tif"],
            sets.Log.Skip(1));
    }

    [Fact]
    public void Names_that_are_not_as_many_as_the_folders_are_an_error()
    {
        Colours("set");
        sets.Write("set/classnames.txt", "green\nred\n");
        Assert.Contains("has 2 names, but", sets.Failure("plain", "set"), StringComparison.Ordinal);
    }

    [Fact]
    public void Blank_lines_after_the_names_of_all_folders_name_nothing()
    {
        Colours("set");
        sets.Write("set/classnames.txt", "green\nred\nblue\n\n \n");
        Assert.Equal(1, sets.Evaluate("plain", "set").Metrics["acc1"]);
        Assert.Single(sets.Log);
    }

    [Fact]
    public void A_set_with_names_and_without_templates_is_an_error_that_says_what_to_write()
    {
        Colours("set");
        File.Delete(sets.At("set/zeroshot_classification_templates.txt"));
        Assert.Contains("zeroshot_classification_templates.txt does not exist", sets.Failure("plain", "set"), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_nobody_has_named_are_named_as_their_folders()
    {
        sets.Picture("set/red/1.png", "red");
        sets.Picture("set/green/1.png", "green");
        sets.Picture("set/blue/1.png", "blue");
        Assert.Equal(1, sets.Evaluate("plain", "set").Metrics["acc1"]);
        Assert.Equal("plain: no classnames.txt, so the 3 classes are named as their folders", sets.Log[^1]);
    }

    [Fact]
    public void Folders_that_are_numbers_name_nothing()
    {
        sets.Picture("set/0/1.png", "red");
        sets.Picture("set/1/1.png", "green");
        Assert.Contains("classnames.txt does not exist", sets.Failure("plain", "set"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_set_is_an_error()
    {
        Directory.CreateDirectory(sets.At("empty"));
        Assert.Contains("is no evaluation set", sets.Failure("plain", "empty"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_file_of_prompts_goes_before_the_sets_own()
    {
        Colours("set");
        sets.Write("prompts.yaml", "templates: ['{c}']\nclass_names: [blue, green, red]\n");
        Assert.Equal(0, sets.Evaluate("plain", "set", "prompts.yaml").Metrics["acc1"]);

        sets.Write("prompts.yaml", "template: ['{c}']\n");
        Assert.Contains("prompts.yaml:1", sets.Failure("plain", "set", "prompts.yaml"), StringComparison.Ordinal);
        sets.Write("prompts.yaml", "templates: ['a photo']\n");
        Assert.Contains("has no {c}", sets.Failure("plain", "set", "prompts.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_split_of_shards_is_not_taken_for_a_class()
    {
        sets.Write("set/train/nshards.txt", "1\n");
        Assert.Contains("nshards.txt does not exist", sets.Failure("plain", "set"), StringComparison.Ordinal);
    }

    /// <summary>Three classes whose folders are not in the order of their colours.</summary>
    [Theory]
    [InlineData("class", null, "c.png,\"blue \"\nd.png,red")]
    [InlineData("label", "red\ngreen\nblue\n", "c.png,blue\nd.png,red")]
    public void A_table_of_paths_and_labels_is_a_set(string column, string? names, string more)
    {
        foreach (var (file, colour) in new[] { ("a", "green"), ("b", "red"), ("c", "blue"), ("d", "green") })
        {
            sets.Picture($"set/pictures/{file}.png", colour);
        }

        var rows = $"a.png,green\nb.png,red\n{more}\n,red\na.png,\n".Split('\n')
            .Select(row => row.Length == 0 || row[0] == ',' ? row : $"pictures/{row}");
        sets.Write("set/photos.csv", $"path,{column}\n{string.Join('\n', rows)}");
        if (names is not null)
        {
            sets.Write("set/classnames.txt", names);
            sets.Write("set/zeroshot_classification_templates.txt", "a {c} square\n");
        }

        var result = sets.Evaluate("plain", "set");

        Assert.Equal((4, 2), (result.Samples, result.Unreadable));
        Assert.Equal(0.75, result.Metrics["acc1"], 1e-12);                       // the last picture is not what its row says
        Assert.Contains($"labels from '{column}'", sets.Log[0], StringComparison.Ordinal);
        Assert.EndsWith("3 classes", sets.Log[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Class_folders_win_over_a_table_beside_them()
    {
        Colours("set");
        sets.Write("set/photos.csv", "path,label\na-first/1.png,red\n");
        Assert.Equal(1, sets.Evaluate("plain", "set").Metrics["acc1"], 1e-12);
    }

    [Fact]
    public void A_label_that_the_list_of_names_lacks_is_an_error()
    {
        sets.Picture("set/a.png", "green");
        sets.Write("set/photos.csv", "path,label\na.png,green\n");
        sets.Write("set/classnames.txt", "red\n");
        Assert.Contains("does not name the label 'green'", sets.Failure("plain", "set"), StringComparison.Ordinal);
    }

    private void Colours(string folder)
    {
        sets.Picture($"{folder}/b-second/1.png", "red");
        sets.Picture($"{folder}/a-first/1.png", "green");
        sets.Picture($"{folder}/a-first/2.png", "green");
        sets.Picture($"{folder}/c-third/1.png", "blue");
        sets.Write("set/classnames.txt", "green\nred\nblue\n");
        sets.Write("set/zeroshot_classification_templates.txt", "a {c} square\n");
    }
}
