using System.Text.Json;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation.Reports;

public sealed class EvaluationReportJsonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-report-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_report_has_the_shape_of_clip_benchmark_and_what_repeats_the_measurement()
    {
        var path = Path.Combine(folder, "result.json");
        File.WriteAllText(path, "an older result");
        var result = new EvaluationResult(
            "cifar10",
            "zeroshot_classification",
            new Dictionary<string, double> { ["acc1"] = 0.625, ["mean_per_class_recall"] = 0.5 },
            1999,
            1);
        EvaluationReportJson.Write(
            path,
            result,
            "runs/cifar10",
            "abc",
            new EvaluationSetOptions { Type = EvaluationType.Zeroshot, Name = "cifar10", Data = "données" },
            seed: 17);

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var root = json.RootElement;
        Assert.Equal(
            [
                "dataset", "model", "pretrained", "task", "metrics", "language", "samples", "unreadable", "weights_hash", "weights",
                "config", "seed", "versions",
            ],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ("cifar10", "runs/cifar10", "zeroshot_classification", "abc"),
            (Text("dataset"), Text("model"), Text("task"), Text("weights_hash")));
        Assert.Equal(0.625, root.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.False(root.GetProperty("metrics").TryGetProperty("acc5", out _));
        Assert.Equal(
            (1999, 1, 17),
            (root.GetProperty("samples").GetInt32(), root.GetProperty("unreadable").GetInt32(), root.GetProperty("seed").GetInt32()));
        Assert.Equal("zeroshot", root.GetProperty("config").GetProperty("type").GetString());
        Assert.Equal("données", root.GetProperty("config").GetProperty("data").GetString());
        Assert.Equal("0.107.0", root.GetProperty("versions").GetProperty("torchsharp").GetString());
        Assert.Equal([path], Directory.GetFiles(folder));

        string? Text(string name) => root.GetProperty(name).GetString();
    }

    [Fact]
    public void Several_results_are_a_file_each_with_every_key_that_CLIP_benchmarks_build_reads()
    {
        var written = EvaluationReportJson.Write(
            Path.Combine(folder, "all.json"),
            [
                Report("birds", "runs/a/model.safetensors"),
                Report("wds/birds", "runs/a/model.safetensors"),
                Report("wds-birds", "runs/a/model.safetensors"),
            ]);

        Assert.Equal(Path.Combine(folder, "all"), written);
        Assert.Equal(
            ["birds.json", "wds-birds-2.json", "wds-birds.json"],
            Directory.GetFiles(written).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var path in Directory.GetFiles(written))
        {
            // It puts the metrics and then the rest into one row, and joins model and pretrained.
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            var row = json.RootElement;
            Assert.All(
                new[] { "dataset", "model", "pretrained", "task", "language" },
                key => Assert.NotEqual("", row.GetProperty(key).GetString()));
            Assert.All(row.GetProperty("metrics").EnumerateObject(), metric => Assert.Equal(JsonValueKind.Number, metric.Value.ValueKind));
            Assert.Empty(row.EnumerateObject().Select(entry => entry.Name)
                .Intersect(row.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name)));
            Assert.Equal("0123456789ab", row.GetProperty("pretrained").GetString());
        }
    }

    [Fact]
    public void Results_of_several_models_are_told_apart_by_their_names()
    {
        var written = EvaluationReportJson.Write(
            Path.Combine(folder, "both"),
            [Report("birds", "runs/a/model.safetensors"), Report("birds", "runs/b/model.safetensors")]);
        Assert.Equal(["a-birds.json", "b-birds.json"], Directory.GetFiles(written).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_an_error_that_names_it()
    {
        var path = Path.Combine(folder, "taken");
        File.WriteAllText(path, "a file");
        Assert.Contains(
            path,
            Assert.Throws<UserErrorException>(
                () => EvaluationReportJson.Write(path + ".json", [Report("a", "m"), Report("b", "m")])).Message,
            StringComparison.Ordinal);
    }

    private static EvaluationReport Report(string set, string model)
        => new(
            new EvaluationResult(
                set,
                "zeroshot_classification",
                new Dictionary<string, double> { ["acc1"] = 0.5, ["mean_per_class_recall"] = 0.25 },
                10,
                0),
            model,
            "0123456789abcdef",
            new { });

    [Fact]
    public void A_report_that_cannot_be_written_is_an_error_that_names_the_file()
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, "taken")).FullName;
        var result = new EvaluationResult("a", "b", new Dictionary<string, double>(), 1, 0);

        Assert.Contains(
            path,
            Assert.Throws<UserErrorException>(() => EvaluationReportJson.Write(path, result, "m", "h", new { })).Message,
            StringComparison.Ordinal);
    }
}
