using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Detections in a file are scored.</summary>
public sealed class DetectionCommandTests : IDisposable
{
    private const string Truth = """
        {"images": [{"id": 1, "height": 60, "width": 80}, {"id": 2, "height": 60, "width": 80}],
         "categories": [{"id": 3, "name": "cup"}, {"id": 5, "name": "plate"}],
         "annotations": [
          {"id": 9, "image_id": 1, "category_id": 3, "bbox": [10, 10, 40, 30], "area": 1200, "iscrowd": 0,
           "segmentation": [[10, 10, 50, 10, 50, 40, 10, 40]]}]}
        """;

    private const string Found = """
        [{"image_id": 1, "category_id": 3, "bbox": [10, 10, 40, 30], "score": 0.5, "segmentation": {"size": [60, 80], "counts": "COUNTS"}}]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-detection-").FullName;

    public DetectionCommandTests()
    {
        File.WriteAllText(At("truth.json"), Truth);
        // 40 columns of 30 rows from column 10, row 10: 610 unset, 30 set, 30 unset, ..., 1810 unset.
        var counts = string.Join(", ", Enumerable.Repeat("30", 79).Prepend("610").Append("1820"));
        File.WriteAllText(At("found.json"), Found.Replace("\"COUNTS\"", $"[{counts}]", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("bbox")]
    [InlineData("segm")]
    public void Perfect_detections_have_a_precision_of_one(string kind)
    {
        var (code, output, error) = PeProcess.Run(
            "eval", "detection", "--protocol", "coco", "--truth", At("truth.json"), "--predictions", At("found.json"), "--kind", kind,
            "--json", At("result.json"));
        Assert.True(code == 0, error);
        Assert.Contains("cup", output, StringComparison.Ordinal);
        Assert.DoesNotContain("plate", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(File.ReadAllText(At("result.json")));
        var metrics = report.RootElement.GetProperty("metrics");
        Assert.Equal($"detection_{kind}", report.RootElement.GetProperty("task").GetString());
        Assert.Equal(12, metrics.EnumerateObject().Count());
        Assert.Equal(1, metrics.GetProperty("AP").GetDouble(), 1e-9);
        Assert.Equal(1, metrics.GetProperty("AR_medium").GetDouble(), 1e-9);
        Assert.Equal(-1, metrics.GetProperty("AP_small").GetDouble());
        Assert.Equal(2, report.RootElement.GetProperty("config").GetProperty("categories").GetArrayLength());
    }

    [Theory]
    [InlineData("--truth", "absent.json", "absent.json")]
    [InlineData("--truth", "found.json", "has no images")]
    [InlineData("--predictions", "truth.json", "are a list of")]
    [InlineData("--kind", "points", "bbox, segm")]
    [InlineData("--protocol", "voc", "coco")]
    public void Wrong_files_are_one_line_and_write_nothing(string option, string value, string named)
    {
        List<string> arguments =
            ["eval", "detection", "--truth", At("truth.json"), "--predictions", At("found.json"), "--json", At("result.json")];
        var given = value.EndsWith(".json", StringComparison.Ordinal) ? At(value) : value;
        if (arguments.IndexOf(option) is >= 0 and var index)
        {
            arguments[index + 1] = given;
        }
        else
        {
            arguments.AddRange([option, given]);
        }

        var (code, _, error) = PeProcess.Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("result.json")));
    }

    private string At(string name) => Path.Combine(folder, name);
}
