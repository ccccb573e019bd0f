using System.Text.Json;
using System.Xml.Linq;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Probes, sweeps and pictures of a trained run, as a user asks for them.</summary>
public sealed class ProbeCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    /// <summary>A PNG of red, green, blue and yellow.</summary>
    private static readonly byte[] TwoByTwo = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP4z8DAAMIM/0+cMAIAHg4EwJk9YxAAAAAASUVORK5CYII=");

    private string Set => Path.Combine(trained.Scenes, "classification");

    [Fact]
    public void A_probe_of_a_layer_and_a_sweep_write_the_same_figures()
    {
        var (probe, config, output) = (trained.At("probe.json"), trained.At("sweep.yaml"), trained.At("sweeps"));
        Succeed(
            "eval", "probe", "scenes", "--checkpoint", trained.Run, "--data", Set, "--train-split", "test", "--probes", "knn,linear",
            "attention", "--layer", "-2", "--feature", "mean", "--epochs", "2", "--json", probe);
        using var report = JsonDocument.Parse(File.ReadAllText(probe));
        var metrics = report.RootElement.GetProperty("metrics");
        Assert.Equal("probe", report.RootElement.GetProperty("task").GetString());
        Assert.Equal(17, report.RootElement.GetProperty("seed").GetInt32());
        Assert.Equal(64, report.RootElement.GetProperty("weights_hash").GetString()!.Length);

        File.WriteAllText(config, $$"""
            name: tiny
            output: {{output}}
            models: [{name: run, checkpoint: {{trained.Run}}}]
            sets: [{set: {name: scenes, data: {{Set}}, train_split: test}, tasks: [knn, linear, attention, zeroshot]}]
            probes: {epochs: 2}
            """);
        var said = Succeed("eval", "layers", config, "--json", trained.At("sweep.json"));
        Assert.Contains("scenes/zeroshot_acc1", said, StringComparison.Ordinal);
        var lines = File.ReadAllLines(Path.Combine(output, "tiny", "layers.csv"));
        foreach (var metric in new[] { "knn_acc1", "linear_acc1", "attention_acc1" })
        {
            var row = lines.Single(line => line.StartsWith($"run,scenes/{metric},0,", StringComparison.Ordinal)).Split(',');
            Assert.Equal(metrics.GetProperty(metric).GetDouble(), double.Parse(row[4]), 1e-6);
        }

        Assert.Contains("/tiny/layers.svg", said, StringComparison.Ordinal);
        var figure = XElement.Load(Path.Combine(output, "tiny", "layers.svg")).Descendants().Select(element => element.Value).ToArray();
        Assert.All(["knn_acc1", "linear_acc1", "attention_acc1", "zeroshot_acc1"], metric => Assert.Contains($"scenes/{metric}", figure));
        using var layers = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "tiny", "run-scenes.json")));
        Assert.Equal(
            metrics.GetProperty("linear_acc1").GetDouble(),
            layers.RootElement.GetProperty("metrics").GetProperty("layer_0_linear_acc1").GetDouble());
        Assert.Equal(
            4,
            JsonDocument.Parse(File.ReadAllText(trained.At("sweep.json"))).RootElement.EnumerateArray()
                .Count(row => row.GetProperty("task").GetString()!.EndsWith("acc1", StringComparison.Ordinal)));
    }

    [Fact]
    public void Features_of_images_become_a_picture()
    {
        var image = trained.At("image.png");
        File.WriteAllBytes(image, TwoByTwo);
        var sheet = trained.At("sheet.png");
        Succeed(
            "visualize", "features", image, "--checkpoint", trained.Run, "--layers", "0,-1", "--show", "features,overlay", "similarity",
            "attention,norms", "--point", "25%,75%", "--foreground", "--output", sheet);
        Assert.True(new FileInfo(sheet).Length > 5_000);
    }

    [Fact]
    public void Two_checkpoints_stand_side_by_side()
    {
        var (image, one, two, json) = (trained.At("image.png"), trained.At("one.png"), trained.At("two.png"), trained.At("two.json"));
        File.WriteAllBytes(image, TwoByTwo);
        string[] shown = ["--layers", "-1", "--show", "features,norms"];
        Succeed(["visualize", "features", image, "--checkpoint", trained.Run, "--output", one, .. shown]);
        Succeed([
            "visualize", "features", image, "--checkpoint", trained.Run, trained.Run, "--output", two, "--json", json, .. shown]);
        Assert.True(Width(two) > Width(one));
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(2, report.RootElement.GetProperty("models").GetArrayLength());

        static int Width(string png) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(png).AsSpan(16));
    }

    [Theory]
    [InlineData("--layers", "7", "7")]
    [InlineData("--layers", "one", "--layers one")]
    [InlineData("--show", "similarity", "--point")]
    [InlineData("--point", "9,9", "outside")]
    public void What_cannot_be_shown_is_one_clear_line(string option, string value, string named)
    {
        var image = trained.At("small.png");
        File.WriteAllBytes(image, TwoByTwo);
        var (code, _, error) =
            PeProcess.Run("visualize", "features", image, "--checkpoint", trained.Run, "--output", trained.At("none.png"), option, value);
        Assert.Equal(2, code);
        Assert.Contains(named, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
