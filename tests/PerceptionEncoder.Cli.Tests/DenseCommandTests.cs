using System.Text.Json;
using PerceptionEncoder.Tests.Media.Images;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Dense probes of a trained run, on sets of a few small pictures.</summary>
public sealed class DenseCommandTests : IClassFixture<TrainedRun>
{
    private const int Side = 32;
    private readonly TrainedRun trained;
    private readonly string masks;
    private readonly string depths;

    public DenseCommandTests(TrainedRun trained)
    {
        this.trained = trained;
        (masks, depths) = (trained.At("masks"), trained.At("depths"));
        if (Directory.Exists(masks))
        {
            return;
        }

        var random = new Random(3);
        foreach (var (part, count) in new[] { ("train", 10), ("test", 4) })
        {
            for (var i = 0; i < count; i++)
            {
                var line = random.Next(8, 24);
                bool Left(int pixel) => pixel % Side < line;
                Put($"masks/{part}/{i}.png", NumberPng.Bytes(Side, Side, Pixels(pixel => (byte)(Left(pixel) ? 30 : 220))));
                Put($"masks/{part}annot/{i}.png", NumberPng.Indexed(Side, Side, Pixels(pixel => (byte)(Left(pixel) ? 0 : 1))));
                Put($"depths/{part}/rgb/{i}.png", NumberPng.Bytes(Side, Side, Pixels(pixel => (byte)(Left(pixel) ? 30 : 220))));
                Put($"depths/{part}/depth/{i}.png", NumberPng.Words(Side, Side, Pixels(pixel => (ushort)(Left(pixel) ? 1500 : 4000))));
            }
        }
    }

    [Theory]
    [InlineData("lbfgs")]
    [InlineData("linear")]
    [InlineData("conv")]
    public void Classes_of_pixels_are_measured_and_shown(string head)
    {
        var (json, sheets) = (trained.At($"{head}.json"), trained.At($"{head}-sheets"));
        Succeed(
            "eval", "segmentation", "halves", "--checkpoint", trained.Run, "--data", masks, "--classes", "2", "--head", head,
            "--layer", "0", "--steps", "8", "--save-pictures", sheets, "--json", json);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal("segmentation", report.RootElement.GetProperty("task").GetString());
        Assert.Equal(4, report.RootElement.GetProperty("samples").GetInt32());
        Assert.All(
            ["miou", "aacc", "macc"],
            name => Assert.InRange(report.RootElement.GetProperty("metrics").GetProperty(name).GetDouble(), 0, 1));
        Assert.Equal(4, Directory.GetFiles(sheets, "*.png").Length);
    }

    [Fact]
    public void Windows_that_slide_over_pictures_are_measured()
        => Succeed(
            "eval", "segmentation", "halves", "--checkpoint", trained.Run, "--data", masks, "--classes", "2", "--image-size", "16",
            "--stride", "8");

    [Theory]
    [InlineData("linear", "1")]
    [InlineData("dpt", "1")]
    public void Depths_of_pixels_are_measured_and_shown(string head, string layers)
    {
        var (json, sheets) = (trained.At($"depth-{head}.json"), trained.At($"depth-{head}-sheets"));
        Succeed(
            "eval", "depth", "halves", "--checkpoint", trained.Run, "--data", depths, "--test-scenes", "test", "--depth-scale", "1000",
            "--head", head, "--layers", layers, "--steps", "6", "--save-pictures", sheets, "--json", json);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal("depth", report.RootElement.GetProperty("task").GetString());
        Assert.True(report.RootElement.GetProperty("metrics").GetProperty("rmse").GetDouble() > 0);
        Assert.Equal(4, Directory.GetFiles(sheets, "*.png").Length);
    }

    [Fact]
    public void A_sweep_measures_both()
    {
        var config = trained.At("dense.yaml");
        File.WriteAllText(config, $$"""
            name: dense
            output: {{trained.At("sweeps")}}
            models: [{name: run, checkpoint: {{trained.Run}}}]
            segmentation: [{name: halves, data: {{masks}}, classes: 2}]
            depth: [{name: ramps, data: {{depths}}, depth_scale: 1000, test_scenes: [test], steps: 4}]
            """);
        var said = Succeed("eval", "layers", config);
        Assert.Contains("halves/segmentation_miou", said, StringComparison.Ordinal);
        Assert.Contains("ramps/depth_rmse", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer 9 does not exist", "segmentation", "--classes", "2", "--layer", "9")]
    [InlineData("classes", "segmentation", "--classes", "1")]
    [InlineData("JPEGImages", "segmentation", "--classes", "2", "--layout", "voc")]
    [InlineData("--depth-scale", "depth")]
    [InlineData("median is", "depth", "--depth-scale", "1")]
    [InlineData("no scene elsewhere", "depth", "--depth-scale", "1000", "--test-scenes", "elsewhere")]
    [InlineData("expected 1 or 4", "depth", "--depth-scale", "1000", "--layers", "3")]
    public void What_cannot_be_measured_is_one_line_and_nothing_is_written(string message, string task, params string[] arguments)
    {
        var json = trained.At("none.json");
        var (code, _, error) = PeProcess.Run(
        [
            "eval", task, "set", "--checkpoint", trained.Run, "--data", task == "depth" ? depths : masks, "--json", json, .. arguments,
        ]);
        Assert.Equal(2, code);
        Assert.Contains(message, error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(json));
    }

    private static T[] Pixels<T>(Func<int, T> value) => [.. Enumerable.Range(0, Side * Side).Select(value)];

    private void Put(string path, byte[] file)
    {
        var full = trained.At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, file);
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
