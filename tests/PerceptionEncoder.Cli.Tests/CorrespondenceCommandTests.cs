using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Key points of one picture are found in another, as a user asks for it.</summary>
public sealed class CorrespondenceCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    /// <summary>A PNG of red, green, blue and yellow.</summary>
    private static readonly byte[] TwoByTwo = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP4z8DAAMIM/0+cMAIAHg4EwJk9YxAAAAAASUVORK5CYII=");

    [Fact]
    public void A_layer_alone_and_a_sweep_write_the_same_figures_and_pairs_become_pictures()
    {
        var set = Set("good", "[[20, 20], [70, 70]]");
        var (json, pictures, config) = (trained.At("pairs.json"), trained.At("pictures"), trained.At("pairs.yaml"));
        var (code, output, error) = PeProcess.Run(
            "eval", "correspondence", "pairs", "--checkpoint", trained.Run, "--data", set, "--layer", "0", "--json", json,
            "--save-pictures", pictures);
        Assert.True(code == 0, error);
        Assert.Contains("pck@0.1", output, StringComparison.Ordinal);
        Assert.Equal(["00000-pair-thing.png"], Directory.GetFiles(pictures).Select(Path.GetFileName));
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal("correspondence", report.RootElement.GetProperty("task").GetString());
        Assert.Equal(1, report.RootElement.GetProperty("samples").GetInt32());
        var metrics = report.RootElement.GetProperty("metrics");
        Assert.Equal(6, metrics.EnumerateObject().Count());

        File.WriteAllText(config, $$"""
            name: pairs
            output: {{trained.At("sweeps")}}
            models: [{name: run, checkpoint: {{trained.Run}}}]
            correspondence: [{name: pairs, data: {{set}}}]
            """);
        (code, output, error) = PeProcess.Run("eval", "layers", config);
        Assert.True(code == 0, error);
        Assert.Contains("pairs/correspondence_pck@0.1", output, StringComparison.Ordinal);
        var row = File.ReadAllLines(Path.Combine(trained.At("sweeps"), "pairs", "layers.csv"))
            .Single(line => line.StartsWith("run,pairs/correspondence_pck@0.1,0,", StringComparison.Ordinal)).Split(',');
        Assert.Equal(metrics.GetProperty("pck@0.1").GetDouble(), double.Parse(row[4]), 1e-6);
    }

    [Theory]
    [InlineData("--data", "/absent", "SPair-71k")]
    [InlineData("--layer", "9", "9")]
    [InlineData("--alphas", "2", "alphas")]
    [InlineData("--enlarge", "0", "enlarge")]
    [InlineData("--split", "trn", "trn.txt")]
    [InlineData("--save-pictures", "/", "not empty")]
    public void What_cannot_be_measured_is_one_line_and_writes_nothing(string option, string value, string named)
    {
        var json = trained.At("none.json");
        List<string> arguments =
            ["eval", "correspondence", "pairs", "--checkpoint", trained.Run, "--data", Set("fine", "[[20, 20], [70, 70]]"), "--json", json];
        arguments.AddRange([option, value]);
        if (option == "--data")
        {
            arguments.RemoveRange(arguments.IndexOf("--data"), 2);
        }

        var (code, _, error) = PeProcess.Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.False(File.Exists(json));
    }

    [Fact]
    public void Key_points_that_do_not_belong_together_are_named_with_their_file()
    {
        var (code, _, error) = PeProcess.Run(
            "eval", "correspondence", "pairs", "--checkpoint", trained.Run, "--data", Set("bad", "[[20, 20]]"));
        Assert.Equal(2, code);
        Assert.Contains("pair:thing.json: has 2 key points in one picture and 1 in the other", error, StringComparison.Ordinal);
    }

    /// <summary>One pair, in SPair-71k's layout.</summary>
    private string Set(string name, string targetPoints)
    {
        var root = trained.At(name);
        foreach (var folder in new[] { "JPEGImages/thing", "PairAnnotation/test", "Layout/large" })
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        File.WriteAllBytes(Path.Combine(root, "JPEGImages/thing/a.png"), TwoByTwo);
        File.WriteAllText(Path.Combine(root, "Layout/large/test.txt"), "pair:thing\n");
        File.WriteAllText(Path.Combine(root, "PairAnnotation/test/pair:thing.json"), $$"""
            {"src_imname": "a.png", "trg_imname": "a.png", "category": "thing", "src_imsize": [100, 100, 3], "trg_imsize": [100, 100, 3],
             "trg_bndbox": [0, 0, 100, 100], "src_kps": [[20, 20], [70, 70]], "trg_kps": {{targetPoints}}}
            """);
        return root;
    }
}
