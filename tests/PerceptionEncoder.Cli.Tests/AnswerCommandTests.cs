using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>From pictures to answers, as a user asks for them.</summary>
public sealed class AnswerCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private string Shard => Path.Combine(trained.Scenes, "classification/test/0.tar");

    private string Set => Path.Combine(trained.Scenes, "classification");

    [Fact]
    public void A_text_and_its_features_find_the_same_rows_and_similarity_gives_the_same_cosines()
    {
        var (kept, json, page) = (trained.At("kept.safetensors"), trained.At("search.json"), trained.At("search.html"));
        var said = Succeed(
            "search", Shard, "--text", "a red circle", "--top", "3", "--checkpoint", trained.Run, "--features", kept, "--json", json,
            "--html", page);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var hits = report.RootElement.GetProperty("answers")[0].GetProperty("hits").EnumerateArray().ToArray();
        Assert.Equal(3, hits.Length);
        Assert.Contains(hits[0].GetProperty("id").GetString()!, said, StringComparison.Ordinal);
        Assert.Contains("data:image/jpeg;base64,", File.ReadAllText(page), StringComparison.Ordinal);

        var similarity = Succeed("similarity", kept, "--text", "a red circle", "--checkpoint", trained.Run);
        Assert.DoesNotContain("%", similarity, StringComparison.Ordinal);
        var best = similarity.Split('\n').First(line => line.Contains(hits[0].GetProperty("id").GetString()!, StringComparison.Ordinal));
        Assert.Equal(hits[0].GetProperty("score").GetDouble(), double.Parse(best.Split('│')[2]), 2e-4);
    }

    [Fact]
    public void Texts_of_the_command_line_are_their_own_keys()
    {
        Succeed(
            "encode", "texts", "--text", "a red circle", "two, \"blue\" squares", "--checkpoint", trained.Run, "--output",
            trained.At("t.npy"));
        Assert.Equal(["a red circle", "two, \"blue\" squares"], File.ReadAllLines(trained.At("t.npy.keys.txt")));
    }

    [Fact]
    public void Classes_by_name_and_by_a_saved_probe_are_written_as_csv()
    {
        var named = trained.At("named.csv");
        Succeed("classify", Shard, "--classes", "red circle", "blue square", "--top", "2", "--checkpoint", trained.Run, "--output", named);
        var lines = File.ReadAllLines(named);
        Assert.Equal("id,prediction,probability,prediction_2,probability_2", lines[0]);
        Assert.Equal(41, lines.Length);
        Assert.All(lines[1..], line => Assert.Equal(1, double.Parse(line.Split(',')[2]) + double.Parse(line.Split(',')[4]), 2e-4));

        var probe = trained.At("probe.safetensors");
        var said = Succeed(
            "eval", "probe", "scenes", "--checkpoint", trained.Run, "--data", Set, "--train-split", "test", "--probes", "linear", "--save",
            probe);
        Assert.Contains("pe classify", said, StringComparison.Ordinal);
        var classified = Succeed("classify", Shard, "--probe", probe, "--checkpoint", trained.Run);
        var names = File.ReadAllLines(Path.Combine(Set, "classnames.txt"));
        Assert.All(classified.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..], line => Assert.Contains(line.Split(',')[1], names));

        var tower = trained.At("answers-tower.safetensors");
        Succeed("checkpoint", "convert", trained.Run, tower, "--to", "timm");
        var (code, _, error) = PeProcess.Run("classify", Shard, "--probe", probe, "--checkpoint", tower);
        Assert.Equal(2, code);
        Assert.Contains("another encoder", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Near_duplicates_and_heat_maps_are_written()
    {
        var copies = Directory.CreateDirectory(trained.At("copies")).FullName;
        Succeed("data", "unpack", Set, "--output", trained.At("unpacked"));
        var picture = Directory.EnumerateFiles(trained.At("unpacked"), "*.png", SearchOption.AllDirectories).Order().First();
        File.Copy(picture, Path.Combine(copies, "a.png"));
        File.Copy(picture, Path.Combine(copies, "b.png"));
        var said = Succeed("data", "duplicates", copies, "--checkpoint", trained.Run, "--output", trained.At("duplicates.csv"));
        Assert.Contains("1 groups; 1 of 2 (50.00 %) would go", said, StringComparison.Ordinal);
        Assert.Equal(3, File.ReadAllLines(trained.At("duplicates.csv")).Length);

        var json = trained.At("heat.json");
        Succeed(
            "visualize", "text", picture, "--text", "red", "blue", "--checkpoint", trained.Run, "--output", trained.At("heat.png"),
            "--json", json);
        Assert.True(new FileInfo(trained.At("heat.png")).Length > 1000);
        using var heats = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(2, heats.RootElement.GetProperty("heats").GetArrayLength());
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
