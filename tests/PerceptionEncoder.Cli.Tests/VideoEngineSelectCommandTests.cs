using System.Text.Json;
using PerceptionEncoder.Tests.Tools.VideoEngine;

namespace PerceptionEncoder.Cli.Tests;

public sealed class VideoEngineSelectCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [SkippableFact]
    public void Clips_are_chosen_by_motion_and_by_what_they_show()
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg"), "ffmpeg is not installed");
        Succeed("data", "moving-scenes", "--output", trained.At("moving"), "--train", "40", "--test", "8");
        var output = Succeed(
            "video-engine", "select", trained.At("moving/train"), "--output", trained.At("selected"), "--keep", "0.5",
            "--checkpoint", trained.Run, "--frames", "4", "--clusters", "3", "--hash-distance", "-1", "--cosine", "2",
            "--device", "cpu", "--copy", "--json", trained.At("selected.json"));
        Assert.Contains("of 40 clips are kept (40 measured", output, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(File.ReadAllText(trained.At("selected.json")));
        var kept = summary.RootElement.GetProperty("kept").GetInt32();
        Assert.InRange(kept, 8, 23);
        Assert.Equal(40, File.ReadLines(trained.At("selected/selection.jsonl")).Count());
        Assert.Contains($"{kept} samples in", Succeed("data", "inspect", trained.At("selected/shards")), StringComparison.Ordinal);
        Assert.Contains("Kind 1:", File.ReadAllText(trained.At("selected/report.html")), StringComparison.Ordinal);

        var (code, _, error) = PeProcess.Run("video-engine", "select", trained.At("moving/train"), "--output", trained.At("selected"));
        Assert.Equal(2, code);
        Assert.Contains("was measured with 4 frames by", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_model_is_asked_about_clips_and_a_questions_file_with_mistakes_is_refused()
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg"), "ffmpeg is not installed");
        Succeed("data", "moving-scenes", "--output", trained.At("asked"), "--train", "6", "--test", "1", "--size", "16");
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("No."));
        var questions = trained.At("questions.yaml");
        File.WriteAllText(questions, $$"""
            captioner: {address: "{{endpoint.Address}}", model: eyes}
            questions:
              - {name: people, ask: "Is somebody there?", keep: yes}
            """);
        string[] command =
        [
            "video-engine", "select", trained.At("asked/train"), "--output", trained.At("asked-about"), "--most-still", "1",
            "--hash-distance", "-1", "--questions", questions,
        ];
        var output = Succeed(command);
        Assert.Contains("0 of 6 clips are kept", output, StringComparison.Ordinal);
        Assert.Contains("question people 6", output, StringComparison.Ordinal);
        Assert.Contains("people: yes 0, no 6, unknown 0", output, StringComparison.Ordinal);
        Assert.Equal(6, endpoint.Calls.Count);

        File.WriteAllText(questions, File.ReadAllText(questions).Replace("keep: yes", "keep: perhaps", StringComparison.Ordinal));
        var (code, _, error) = PeProcess.Run(command);
        Assert.Equal(2, code);
        Assert.Contains("questions.yaml:3:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void K_means_is_measured()
        => Assert.Contains(
            "on batches:",
            Succeed("bench", "cluster", "--rows", "500", "--features", "16", "--clusters", "5"),
            StringComparison.Ordinal);

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
