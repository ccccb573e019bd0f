using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class DoctorCommandTests
{
    [Fact]
    public void A_sound_machine_passes_says_what_it_has_and_writes_it_all_down()
    {
        var json = Path.Combine(Directory.CreateTempSubdirectory("pe-test-").FullName, "doctor.json");
        var (code, output, error) = PeProcess.Run("doctor", "--quick", "--device", "cpu", "--json", json);
        Assert.True(code == 0, output + error);
        Assert.Contains("libtorch", output, StringComparison.Ordinal);
        Assert.Contains("float32 products by mkl, against float64", output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.True(report.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal("cpu", report.RootElement.GetProperty("device").GetString());
        Assert.True(report.RootElement.GetProperty("machine").GetProperty("cores").GetInt32() > 0);
        var used = report.RootElement.GetProperty("checks").EnumerateArray()
            .Where(check => check.GetProperty("not_used").ValueKind == JsonValueKind.Null);
        Assert.All(used, check =>
        {
            var (figure, limit) = (check.GetProperty("figure").GetDouble(), check.GetProperty("limit").GetDouble());
            Assert.True(check.GetProperty("at_least").GetBoolean() ? figure >= limit : figure <= limit);
        });
        Directory.Delete(Path.GetDirectoryName(json)!, recursive: true);
    }

    [Fact]
    public void A_check_that_fails_is_one_line_that_says_what_to_do_and_ends_with_2()
    {
        using var pe = PeProcess.StartFrom("TMPDIR=/nowhere \"$@\"", ["doctor", "--device", "cpu"]);
        var (code, output, error) = pe.Wait();
        Assert.True(code == 2, output + error);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("pe: weights of an interrupted and resumed run", line, StringComparison.Ordinal);
        Assert.Contains("could not be computed", line, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", line, StringComparison.Ordinal);
        Assert.Single(output.Split('\n'), text => text.StartsWith("FAILED", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tpu", "pe: compute.device: tpu must be auto, cpu, cuda")]
    [InlineData("cuda:", "pe: compute.device: cuda: must be auto, cpu, cuda")]
    [InlineData("cuda:999", "pe: compute.device: cuda:999")]
    public void A_device_that_there_is_not_is_one_line_before_anything_else(string device, string line)
    {
        var (code, output, error) = PeProcess.Run("doctor", "--device", device);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(line, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
