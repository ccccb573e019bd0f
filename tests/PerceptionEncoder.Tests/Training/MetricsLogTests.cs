using System.Text.Json;
using CsCheck;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-metrics-").FullName;

    private string File => Path.Combine(folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_line_is_an_object_with_its_step_and_is_there_at_once()
    {
        using var log = new MetricsLog(File, 0);
        log.Append(5, new Dictionary<string, double> { ["loss"] = 0.1, ["rate"] = 2e-3 });
        log.AppendEvaluation(
            5,
            640,
            "cifar10",
            new EvaluationResult("cifar10", "zeroshot_classification", new Dictionary<string, double> { ["acc1"] = 0.5 }, 100, 0));
        var lines = Lines();
        Assert.Equal("""{"step":5,"loss":0.1,"rate":0.002}""", lines[0]);
        Assert.Equal("""{"step":5,"samples":640,"evaluation":{"cifar10":{"acc1":0.5}}}""", lines[1]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_figure_that_is_not_finite_is_null(double value)
    {
        using var log = new MetricsLog(File, 0);
        log.Append(1, new Dictionary<string, double> { ["loss"] = value });
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(Assert.Single(Lines())).RootElement.GetProperty("loss").ValueKind);
    }

    [Fact]
    public void An_interrupted_run_that_goes_on_from_any_checkpoint_has_the_file_of_an_uninterrupted_one()
        => Gen.Select(Gen.Int[1, 12], Gen.Int[0, 12], Gen.Int[0, 40]).Where(run => run.Item2 <= run.Item1).Sample(
            (killedAt, checkpoint, tornBytes) =>
            {
                Run(0, 12);
                var whole = Lines();
                Run(0, killedAt);
                var torn = "{\"step\":" + (killedAt + 1) + ",\"loss\":1.25}\n";
                System.IO.File.AppendAllText(File, torn[..Math.Min(tornBytes, torn.Length - 2)]);
                Run(checkpoint, 12);
                Assert.Equal(whole, Lines());
            },
            iter: 60,
            threads: 1);

    [Fact]
    public void A_place_that_cannot_be_written_is_the_users_error()
        => Assert.Throws<UserErrorException>(() => new MetricsLog(Path.Combine(folder, "absent", "metrics.jsonl"), 0));

    private void Run(int from, int to)
    {
        using var log = new MetricsLog(File, from);
        for (var step = from + 1; step <= to; step++)
        {
            log.Append(step, new Dictionary<string, double> { ["loss"] = 1.0 / step });
        }
    }

    private string[] Lines()
    {
        using var reader = new StreamReader(new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
