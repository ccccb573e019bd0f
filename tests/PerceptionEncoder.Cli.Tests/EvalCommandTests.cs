using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Cli.Tests;

public sealed class EvalCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private string Classification => Path.Combine(trained.Scenes, "classification");

    [Fact]
    public void Both_transforms_are_measured_and_the_better_is_reported()
    {
        var json = trained.At("both.json");
        Succeed("eval", "zeroshot", "scenes", "--checkpoint", trained.Run, "--data", Classification, "--json", json);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var metrics = report.RootElement.GetProperty("metrics").EnumerateObject()
            .ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble());
        Assert.Equal(Math.Max(metrics["squash_acc1"], metrics["center_crop_acc1"]), metrics["acc1"]);

        Succeed(
            "eval", "zeroshot", "scenes", "--checkpoint", trained.Run, "--data", Classification, "--transform", "center_crop", "--json",
            json);
        using var cropped = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(metrics["center_crop_acc1"], cropped.RootElement.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.False(cropped.RootElement.GetProperty("metrics").TryGetProperty("squash_acc1", out _));
    }

    [Fact]
    public void A_table_that_goes_to_no_terminal_has_no_colours()
    {
        using var pe = PeProcess.StartFrom(
            "TERM=xterm-256color \"$@\"",
            ["eval", "zeroshot", "scenes", "--checkpoint", trained.Run, "--data", Classification, "--transform", "squash"]);
        var (code, output, error) = pe.Wait();
        Assert.True(code == 0, output + error);
        Assert.Contains("acc1", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Several_sets_and_checkpoints_make_one_table_in_every_format()
    {
        var (json, markdown, csv) = (trained.At("all.json"), trained.At("all.md"), trained.At("all.csv"));
        var copy = trained.At("copy.safetensors");
        File.Copy(Weights(), copy, overwrite: true);
        var output = Succeed(
            "eval", "zeroshot", "classification", "relations", "--checkpoint", trained.Run, copy, "--data", trained.Scenes, "--vocabulary",
            $"{trained.Scenes}/tokenizer",
            "--json", json, "--markdown", markdown, "--csv", csv);

        var files = Directory.GetFiles(Path.ChangeExtension(json, null), "*.json");
        var reports = Array.ConvertAll(files, Read);
        Assert.Equal(
            ["classification", "classification", "relations", "relations"],
            reports.Select(report => report["dataset"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Equal(2, reports.Select(report => report["model"]!.GetValue<string>()).Distinct().Count());
        Assert.Single(reports.Select(report => report["pretrained"]!.GetValue<string>()).Distinct());
        Assert.Contains("relations", Succeed("eval", "compare", Path.ChangeExtension(json, null)), StringComparison.Ordinal);
        var rows = File.ReadAllLines(csv);
        Assert.Equal("dataset,metric", string.Join(',', rows[0].Split(',')[..2]));
        Assert.All(rows[1..], row => Assert.Equal(row.Split(',')[2], row.Split(',')[3]));
        Assert.Contains("| relations | acc1 |", File.ReadAllText(markdown), StringComparison.Ordinal);
        Assert.Contains("relations  n = ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_measured_by_its_moving_average_as_in_training_or_by_its_raw_weights_and_the_result_says_which()
    {
        var (average, raw) = (Measure(trained.Run), Measure(trained.Run + ":raw"));
        Assert.Equal(("average", "raw"), (average.Weights, raw.Weights));
        Assert.NotEqual(average.Hash, raw.Hash);
        var last = File.ReadLines(Path.Combine(trained.Run, "metrics.jsonl"))
            .Last(line => line.Contains("\"evaluation\"", StringComparison.Ordinal));
        using var evaluation = JsonDocument.Parse(last);
        Assert.Equal(
            evaluation.RootElement.GetProperty("evaluation").GetProperty("scenes").GetProperty("acc1").GetDouble(),
            average.Accuracy);

        (string? Weights, string? Hash, double Accuracy) Measure(string checkpoint)
        {
            var json = trained.At("which.json");
            Succeed("eval", "zeroshot", "scenes", "--checkpoint", checkpoint, "--data", Classification, "--json", json);
            using var report = JsonDocument.Parse(File.ReadAllText(json));
            var root = report.RootElement;
            return (
                root.GetProperty("weights").GetString(),
                root.GetProperty("weights_hash").GetString(),
                root.GetProperty("metrics").GetProperty("acc1").GetDouble());
        }
    }

    [Fact]
    public void Earlier_results_are_compared_with_what_differs()
    {
        var (a, b) = (trained.At("squash.json"), trained.At("cropped.json"));
        Succeed("eval", "zeroshot", "scenes", "--checkpoint", trained.Run, "--data", Classification, "--transform", "squash", "--json", a);
        Succeed(
            "eval", "zeroshot", "scenes", "--checkpoint", trained.Run, "--data", Classification, "--transform", "center_crop", "--json", b);

        var output = Succeed("eval", "compare", a, b, "--csv", trained.At("compared.csv"));

        Assert.Contains("cropped - squash", output, StringComparison.Ordinal);
        Assert.Contains("""set.transform is "squash" in squash, "center_crop" in cropped""", output, StringComparison.Ordinal);
        Assert.StartsWith(
            "dataset,metric,squash,cropped\nscenes,acc1,",
            File.ReadAllText(trained.At("compared.csv")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Robustness_is_the_six_sets_and_their_mean()
    {
        var sets = Directory.CreateDirectory(trained.At("sets")).FullName;
        WriteRobustness(sets);
        var json = trained.At("robustness.json");
        Succeed("eval", "zeroshot", "robustness", "--checkpoint", trained.Run, "--data", sets, "--json", json);

        string[] six = ["imagenet", "imagenet-v2", "objectnet", "imagenet-a", "imagenet-r", "imagenet-sketch"];
        var reports = six.Append("robustness").ToDictionary(set => set, set => Read(trained.At($"robustness/{set}.json")));
        Assert.All(reports, report => Assert.Equal(report.Key, report.Value["dataset"]!.GetValue<string>()));
        Assert.Equal(six.Average(Accuracy), Accuracy("robustness"), 1e-12);
        Assert.Equal(2, reports["objectnet"]["config"]!["set"]!["border"]!.GetValue<int>());
        Assert.NotNull(reports["objectnet"]["metrics"]!["mapped_acc1"]);

        double Accuracy(string set) => reports[set]["metrics"]!["acc1"]!.GetValue<double>();
    }

    [Theory]
    [InlineData("eval zeroshot nothing --checkpoint {0}", "PE_EVAL")]
    [InlineData("eval zeroshot robustness --checkpoint {0} --data {1}", "imagenet")]
    [InlineData("eval zeroshot scenes --checkpoint {0} --data {1}/classification --prompts /nowhere.yaml", "/nowhere.yaml")]
    [InlineData("eval retrieval scenes --checkpoint {0} --data /nowhere", "/nowhere")]
    [InlineData("eval retrieval scenes --checkpoint {0} --data {1}/retrieval --batch 0", "--batch 0")]
    [InlineData("eval compare /nowhere.json", "/nowhere.json")]
    public void A_wrong_command_is_one_line(string command, string expected)
    {
        var (code, output, error) = PeProcess.Run(command.Replace("{0}", trained.Run, StringComparison.Ordinal)
            .Replace("{1}", trained.Scenes, StringComparison.Ordinal)
            .Split(' '));
        Assert.True(code == 2, $"exit code {code}\n{output}\n{error}");
        Assert.Contains(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static JsonNode Read(string path) => JsonNode.Parse(File.ReadAllText(path))!;

    private string Weights()
    {
        var checkpoints = Path.Combine(trained.Run, "checkpoints");
        return Path.Combine(checkpoints, File.ReadAllText(Path.Combine(checkpoints, "latest")).Trim(), "ema.safetensors");
    }

    /// <summary>Two ImageNet classes, one picture each, in the six published layouts.</summary>
    private void WriteRobustness(string sets)
    {
        var picture = FirstPng(Path.Combine(Classification, "test/0.tar"));
        string[] classFolders =
        [
            "imagenet/val/n00000001", "imagenet/val/n00000002", "imagenetv2/0", "imagenetv2/1", "objectnet-1.0/images/ball",
            "objectnet-1.0/images/box", "imagenet-a/n00000002", "imagenet-r/n00000001", "imagenet-sketch/n00000001",
            "imagenet-sketch/n00000002",
        ];
        foreach (var folder in classFolders)
        {
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(sets, folder)).FullName, "1.png"), picture);
        }

        Write("imagenet/classnames.txt", "red circle\nblue square\n");
        Write("imagenet/zeroshot_classification_templates.txt", "a {c}\n");
        Write("objectnet-1.0/mappings/folder_to_objectnet_label.json", """{"ball": "Ball", "box": "Box"}""");
        Write("objectnet-1.0/mappings/objectnet_to_imagenet_1k.json", """{"Ball": "red circle", "Box": "blue square"}""");
        Write("objectnet-1.0/mappings/imagenet_to_label_2012_v2", "red circle\nblue square\n");
        Write("objectnet-1.0/mappings/pytorch_to_imagenet_2012_id.json", """{"0": 0, "1": 1}""");

        void Write(string path, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(sets, path))!);
            File.WriteAllText(Path.Combine(sets, path), text);
        }
    }

    /// <summary>The first PNG of a tar, by its signature and its last chunk.</summary>
    private static byte[] FirstPng(string tar)
    {
        var bytes = File.ReadAllBytes(tar);
        var start = bytes.AsSpan().IndexOf("PNG"u8) - 1;
        return bytes[start..(start + bytes.AsSpan(start).IndexOf("IEND"u8) + 8)];
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
