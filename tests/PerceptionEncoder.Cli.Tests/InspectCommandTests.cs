using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class InspectCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-inspect-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Shards_are_told_in_lines_a_page_and_json()
    {
        Assert.Equal(0, PeProcess.Run("data", "scenes", "--output", At("scenes"), "--train", "40", "--test", "8").ExitCode);
        var (code, output, error) = PeProcess.Run(
            "data", "inspect", At("scenes/train"), "--html", At("page.html"), "--json", At("report.json"), "--pictures", "6");
        Assert.True(code == 0, error);
        Assert.Contains("40 samples in", output, StringComparison.Ordinal);
        Assert.Contains("image 40", output, StringComparison.Ordinal);
        Assert.Contains("0 samples (0.00", output, StringComparison.Ordinal);
        Assert.Equal(6, File.ReadAllText(At("page.html")).Split("data:image/jpeg;base64,").Length - 1);
        using var report = JsonDocument.Parse(File.ReadAllText(At("report.json")));
        Assert.Equal(40, report.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal("txt", report.RootElement.GetProperty("captions")[0].GetProperty("place").GetString());
        Assert.Equal(40, report.RootElement.GetProperty("captions")[0].GetProperty("characters").GetProperty("count").GetInt32());
    }

    [Fact]
    public void Shards_that_are_not_there_are_one_line_and_exit_code_2()
    {
        var (code, _, error) = PeProcess.Run("data", "inspect", At("gone"));
        Assert.Equal(2, code);
        var line = Assert.Single(error.Split('\n'), text => text.StartsWith("pe: ", StringComparison.Ordinal));
        Assert.Contains("does not exist", line, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(folder, name);
}
