using System.Text.Json;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation;

public sealed class EvaluationReportJsonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-report-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_report_has_the_shape_of_clip_benchmark_and_what_repeats_the_measurement()
    {
        var path = Path.Combine(folder, "result.json");
        File.WriteAllText(path, "an older result");
        var result = new EvaluationResult("cifar10", "zeroshot_classification", new Dictionary<string, double> { ["acc1"] = 0.625, ["mean_per_class_recall"] = 0.5 }, 1999, 1);
        EvaluationReportJson.Write(path, result, "runs/cifar10", "abc", new EvaluationSetOptions { Type = EvaluationType.Zeroshot, Name = "cifar10", Data = "données" }, seed: 17);

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var root = json.RootElement;
        Assert.Equal(
            ["dataset", "model", "task", "metrics", "samples", "unreadable", "weights_hash", "config", "seed", "versions"],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("cifar10", "runs/cifar10", "zeroshot_classification", "abc"), (Text("dataset"), Text("model"), Text("task"), Text("weights_hash")));
        Assert.Equal(0.625, root.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.False(root.GetProperty("metrics").TryGetProperty("acc5", out _));
        Assert.Equal((1999, 1, 17), (root.GetProperty("samples").GetInt32(), root.GetProperty("unreadable").GetInt32(), root.GetProperty("seed").GetInt32()));
        Assert.Equal("zeroshot", root.GetProperty("config").GetProperty("type").GetString());
        Assert.Equal("données", root.GetProperty("config").GetProperty("data").GetString());
        Assert.Equal("0.107.0", root.GetProperty("versions").GetProperty("torchsharp").GetString());
        Assert.Equal([path], Directory.GetFiles(folder));

        string? Text(string name) => root.GetProperty(name).GetString();
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_an_error_that_names_the_file()
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, "taken")).FullName;
        var result = new EvaluationResult("a", "b", new Dictionary<string, double>(), 1, 0);

        Assert.Contains(path, Assert.Throws<UserErrorException>(() => EvaluationReportJson.Write(path, result, "m", "h", new { })).Message, StringComparison.Ordinal);
    }
}
