using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Each command does what its help says.</summary>
public sealed partial class CommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    public static TheoryData<string> Commands =>
    [
        "pretrain", "finetune-video", "distill", "eval zeroshot", "eval retrieval", "eval probe", "eval layers", "eval compare",
        "eval correspondence", "eval detection",
        "visualize features", "config check", "config show", "config schema", "tokenizer train", "data scenes", "data moving-scenes",
        "data extract-frames", "data robustness", "data inspect", "video-engine select", "bench cluster",
        "bench train", "bench encode", "bench step", "bench loss", "bench optimizer",
        "bench images", "bench videos", "bench load", "checkpoint inspect", "checkpoint convert", "checkpoint average", "checkpoint diff",
        "checkpoint create", "encode images", "encode texts", "encode videos", "similarity", "search", "classify",
        "data duplicates", "visualize text", "ablate",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_has_an_example_of_the_command_that_parses(string command)
    {
        var (code, output, _) = PeProcess.Run([.. command.Split(' '), "--help"]);
        Assert.Equal(0, code);
        var example = ExampleLine().Matches(output).Select(match => match.Value.Trim()).Last();
        Assert.StartsWith($"pe {command}", example, StringComparison.Ordinal);

        // With --help the command is parsed whole but not run: a wrong option would be an error.
        var arguments = example.Split('>')[0]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Select(argument => argument.Trim('"'));
        var (parsed, _, error) = PeProcess.Run([.. arguments, "--help"]);
        Assert.True(parsed == 0, error);
    }

    [Fact]
    public void Help_answers_at_once_without_loading_torch()
    {
        PeProcess.Run("--help");

        // A third of it on a calm machine; other tests run beside this one.
        var times = new List<long>();
        while (times.Count < 20 && !times.Exists(time => time < 300))
        {
            var clock = Stopwatch.StartNew();
            PeProcess.Run("--help");
            times.Add(clock.ElapsedMilliseconds);
        }

        Assert.True(times.Min() < 300, $"the fastest of {times.Count} took {times.Min()} ms");
    }

    [Fact]
    public void A_trained_run_is_evaluated_from_its_folder_a_checkpoint_and_a_file_with_the_same_result()
    {
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", tiny.WriteConfig("evaluated")).ExitCode);
        var run = Path.Combine(tiny.Folder, "evaluated");
        var checkpoint = Path.Combine(run, "checkpoints", File.ReadAllText(Path.Combine(run, "checkpoints/latest")).Trim());
        var results = new[] { run, checkpoint, Path.Combine(checkpoint, "model.safetensors") }.Select(Evaluate).ToArray();
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);

        foreach (var file in new[] { "config.yaml", "log.jsonl", "metrics.jsonl", "report.html", "tensorboard", "checkpoints/latest" })
        {
            Assert.True(Path.Exists(Path.Combine(run, file)), $"{file} is missing in the run folder");
        }
    }

    [Fact]
    public void The_resolved_config_of_a_run_folder_reproduces_the_run()
    {
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", tiny.WriteConfig("original")).ExitCode);
        var resolved = Path.Combine(tiny.Folder, "original/config.yaml");
        var (code, output, error) = PeProcess.Run("pretrain", "--config", resolved, "--set", "run.name=again");
        Assert.True(code == 0, output + error);
        Assert.Equal(tiny.Losses("original"), tiny.Losses("again"));
    }

    [Fact]
    public void The_number_of_workers_does_not_change_the_numbers()
    {
        foreach (var workers in new[] { 1, 3 })
        {
            Assert.Equal(
                0,
                PeProcess.Run("pretrain", "--config", tiny.WriteConfig($"workers-{workers}"), "--set", $"data.workers={workers}").ExitCode);
        }

        Assert.Equal(tiny.Losses("workers-1"), tiny.Losses("workers-3"));
    }

    [Fact]
    public void Shipped_configs_have_no_problems()
    {
        foreach (var config in Directory.GetFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories))
        {
            var kind = Path.GetFileName(Path.GetDirectoryName(config)) switch
            {
                "ablation" when !config.EndsWith("-base.yaml", StringComparison.Ordinal) => "ablate",
                "align" when config.Contains("spatial", StringComparison.Ordinal) || config.Contains("pictures", StringComparison.Ordinal)
                    => "align_spatial",
                "align" when !config.EndsWith("encoder.yaml", StringComparison.Ordinal) => "align_lang",
                "distill" => "distill",
                "finetune-video" => "finetune_video",
                "video-engine" when config.EndsWith("questions.yaml", StringComparison.Ordinal) => "clip_questions",
                "video-engine" => "video_engine",
                "eval" => "layers",
                _ => "pretrain",
            };
            var (code, _, error) = PeProcess.Run("config", "check", config, "--for", kind);
            Assert.True(code == 0, error);
        }
    }

    private string Evaluate(string checkpoint)
    {
        var json = Path.Combine(tiny.Folder, "result.json");
        var (code, output, error) = PeProcess.Run(
            "eval", "zeroshot", "scenes", "--checkpoint", checkpoint, "--data", $"{tiny.Scenes}/classification", "--json", json);
        Assert.True(code == 0, output + error);
        using var result = JsonDocument.Parse(File.ReadAllText(json));
        Assert.InRange(result.RootElement.GetProperty("metrics").GetProperty("acc1").GetDouble(), 0, 1);
        return result.RootElement.GetProperty("metrics").GetRawText();
    }

    [GeneratedRegex(@"^ *pe .*$", RegexOptions.Multiline)]
    private static partial Regex ExampleLine();
}
