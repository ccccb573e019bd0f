using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Objects followed through clips by a model trained for a moment.</summary>
public sealed class TrackingCommandTests : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-test-").FullName;
    private readonly TrainedRun trained;

    public TrackingCommandTests(TrainedRun trained)
    {
        this.trained = trained;
        SmallClips.Write(At("set"), "first", 5, 255);
        SmallClips.Write(At("set"), "second", 4, 1);
        Directory.CreateDirectory(At("set/ImageSets/2017"));
        File.WriteAllText(At("set/ImageSets/2017/val.txt"), "first\nsecond\n");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_checkpoint_is_measured_its_masks_score_the_same_and_a_sweep_agrees()
    {
        string[] measure = ["--data", At("set"), "--json"];
        Succeed(
        [
            "eval", "tracking", "clips", "--checkpoint", trained.Run, "--image-size", "48", "--radius", "3",
            "--save-results", At("masks"), "--save-video", At("videos"), "--save-pictures", At("pictures"), .. measure, At("own.json"),
        ]);
        Assert.Equal(5, Directory.GetFiles(At("masks/first"), "*.png").Length);
        string[] written = ["videos/first.mp4", "videos/second.mp4", "pictures/first.png"];
        Assert.All(written, each => Assert.True(new FileInfo(At(each)).Length > 500));
        Succeed(["eval", "tracking", "clips", "--predictions", At("masks"), .. measure, At("again.json")]);
        var own = Metrics("own.json");
        Assert.Equal(own, Metrics("again.json"));
        Assert.InRange(own["jf_mean"], 0.3, 1);

        File.WriteAllText(At("sweep.yaml"), $$"""
            name: tiny
            output: {{At("sweeps")}}
            models: [{name: run, checkpoint: {{trained.Run}}}]
            tracking: [{name: clips, data: {{At("set")}}, resolution: 48, radius: 3}]
            """);
        Succeed("eval", "layers", At("sweep.yaml"));
        var row = File.ReadAllLines(At("sweeps/tiny/layers.csv"))
            .Single(line => line.StartsWith("run,clips/tracking_jf_mean,1,", StringComparison.Ordinal)).Split(',');
        Assert.Equal(own["jf_mean"], double.Parse(row[4]), 1e-6);
    }

    [Fact]
    public void The_other_protocol_runs_too()
    {
        Succeed(
            "eval", "tracking", "clips", "--checkpoint", trained.Run, "--data", At("set"), "--image-size", "48", "--protocol", "dinov3",
            "--layer", "0", "--last", "2", "--memory", "1");
    }

    [Fact]
    public void True_masks_are_perfect()
    {
        Succeed("eval", "tracking", "clips", "--data", At("set"), "--predictions", At("set/Annotations/480p"), "--json", At("best.json"));
        var best = Metrics("best.json");
        Assert.Equal((1, 1, 0), (best["jf_mean"], best["j_recall"], best["f_decay"]));
    }

    [Theory]
    [InlineData("no such mask", "--predictions", "missing")]
    [InlineData("64x48", "--predictions", "small")]
    [InlineData("has object 9", "--predictions", "other")]
    [InlineData("no such folder", "--predictions", "absent")]
    public void Masks_of_no_use_are_one_line(string message, string option, string name)
    {
        var masks = At("predictions");
        foreach (var (clip, frames) in new[] { ("first", 5), ("second", 4) })
        {
            Directory.CreateDirectory(Path.Combine(masks, clip));
            for (var frame = 0; frame < frames; frame++)
            {
                var (mask, width) = name switch
                {
                    "small" => (new byte[8 * 8], 8),
                    "other" => (SmallClips.Mask(frame, 9), SmallClips.Width),
                    _ => (SmallClips.Mask(frame, 1), SmallClips.Width),
                };
                File.WriteAllBytes(Path.Combine(masks, clip, $"{frame:00000}.png"), SmallClips.Grey(mask, width, mask.Length / width));
            }
        }

        if (name == "missing")
        {
            File.Delete(Path.Combine(masks, "second", "00002.png"));
        }

        Fail(message, option, name == "absent" ? At("absent") : masks);
    }

    [Fact]
    public void What_cannot_be_measured_is_one_line_and_nothing_is_written()
    {
        string[] run = ["--checkpoint", trained.Run];
        Fail("one of --checkpoint and --predictions");
        Fail("7", [.. run, "--layer", "7"]);
        Fail("tracking.batch", [.. run, "--batch", "0"]);
        File.WriteAllBytes(At("set/Annotations/480p/second/00001.png"), SmallClips.Grey(new byte[64], 8, 8));
        Fail("8x8", run);
        File.Delete(At("set/JPEGImages/480p/first/00003.png"));
        Fail("no frame 00003", run);
        Fail("Annotations", [.. run, "--data", folder]);
    }

    private string At(string name) => Path.Combine(folder, name);

    private Dictionary<string, double> Metrics(string name)
    {
        using var report = JsonDocument.Parse(File.ReadAllText(At(name)));
        Assert.Equal("tracking", report.RootElement.GetProperty("task").GetString());
        return report.RootElement.GetProperty("metrics").EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetDouble());
    }

    private void Fail(string message, params string[] arguments)
    {
        string[] data = arguments.Contains("--data") ? [] : ["--data", At("set")];
        var (code, _, error) = PeProcess.Run(
            ["eval", "tracking", "clips", "--image-size", "48", "--device", "cpu", "--json", At("none.json"), .. data, .. arguments]);
        Assert.Equal(2, code);
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("device:", StringComparison.Ordinal));
        Assert.Contains(message, Assert.Single(lines), StringComparison.Ordinal);
        Assert.False(File.Exists(At("none.json")));
    }

    private static void Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
    }
}
