using System.Text.Json.Nodes;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation.Reports;

public sealed class ComparisonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-comparison-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_table_has_a_column_a_model_and_a_row_a_figure()
    {
        var table = ComparisonTable.Of(
            [("a", Report("birds", 0.5)), ("b|1", Report("birds", 0.4375, unreadable: 1)), ("a", Report("cats", 1))]);

        Assert.Equal(
            """
            | dataset | metric | a | b\|1 | b\|1 - a |
            | --- | --- | ---: | ---: | ---: |
            | birds | acc1 | 50.00 % | 43.75 % | -6.25 |
            | birds | n | 10 | 9 |  |
            | birds | unreadable | 0 | 1 |  |
            | cats | acc1 | 100.00 % |  |  |
            | cats | n | 10 |  |  |

            """,
            table.ToMarkdown());
        Assert.Equal(
            "dataset,metric,a,b|1\nbirds,acc1,0.5,0.4375\nbirds,n,10,9\nbirds,unreadable,0,1\ncats,acc1,1,\ncats,n,10,\n",
            table.ToCsv());
    }

    [Fact]
    public void Csv_cells_with_commas_are_quoted()
        => Assert.StartsWith(
            "dataset,metric,\"a,\"\"b\"\"\"\n",
            ComparisonTable.Of([("a,\"b\"", Report("birds", 0.5))]).ToCsv(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("runs/a/checkpoints/step-1/model.safetensors runs/b/checkpoints/step-1/model.safetensors", "a b")]
    [InlineData("runs/a/step-1/model.safetensors runs/a/step-2/model.safetensors", "step-1 step-2")]
    [InlineData("x.pt /deep/y.pt", "x.pt deep/y.pt")]
    [InlineData("a/b a/x/b", "b x")]
    [InlineData("runs/a/model.safetensors", "runs/a/model.safetensors")]
    public void Short_names_are_what_is_particular_to_each_path(string paths, string names)
        => Assert.Equal(names.Split(' '), ShortNames.Of(paths.Split(' ')));

    [Fact]
    public void Results_are_read_back_one_or_several()
    {
        var path = Path.Combine(folder, "results.json");
        var read = EvaluationReportJson.Read(EvaluationReportJson.Write(path, [Report("birds", 0.5), Report("cats", 1) with { Seed = 3 }]));
        Assert.Equal(["birds", "cats"], read.Select(report => report.Result.Dataset));
        Assert.Equal((0.5, 10, 3UL, "hash"), (read[0].Result.Metrics["acc1"], read[1].Result.Samples, read[1].Seed, read[0].WeightsHash));

        EvaluationReportJson.Write(path, [Report("birds", 0.5)]);
        Assert.Single(EvaluationReportJson.Read(path));
        File.WriteAllText(path, $"[{File.ReadAllText(path)}, {File.ReadAllText(path)}]");        // as earlier versions wrote several
        Assert.Equal(2, EvaluationReportJson.Read(path).Count);
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        Assert.Contains(
            "holds no .json file",
            Assert.Throws<UserErrorException>(() => EvaluationReportJson.Read(Path.Combine(folder, "empty"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_CLIP_benchmark_is_read()
    {
        var path = Path.Combine(folder, "clip.json");
        File.WriteAllText(
            path,
            """{"dataset": "wds/birds", "model": "ViT-B-32", "pretrained": "openai", "task": "zeroshot_classification","""
            + """ "metrics": {"acc1": 0.5, "acc5": NaN}, "language": "en"}""");
        var report = Assert.Single(EvaluationReportJson.Read(path));
        Assert.Equal(("wds/birds", "ViT-B-32"), (report.Result.Dataset, report.Model));
        Assert.Equal(KeyValuePair.Create("acc1", 0.5), Assert.Single(report.Result.Metrics));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"dataset": "x", "task": "y", "metrics": 3, "model": "z"}""")]
    public void A_file_that_is_no_result_is_an_error_that_names_it(string text)
    {
        var path = Path.Combine(folder, "other.json");
        File.WriteAllText(path, text);
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => EvaluationReportJson.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Notes_say_what_else_differs()
    {
        EvaluationReportJson.Write(
            Path.Combine(folder, "a.json"),
            [Report("birds", 0.5, config: new { Precision = "fp32", Checkpoint = "a" })]);
        EvaluationReportJson.Write(
            Path.Combine(folder, "b.json"),
            [Report("birds", 0.5, unreadable: 1, config: new { Precision = "bf16", Checkpoint = "b" })]);
        var entries = new[] { "a", "b" }
            .Select(name => (name, EvaluationReportJson.Read(Path.Combine(folder, $"{name}.json"))[0])).ToArray();

        Assert.Equal(
            ["birds: a is over 10 samples (0 unreadable), b over 9 (1 unreadable)", "birds: precision is \"fp32\" in a, \"bf16\" in b"],
            ComparisonNotes.Of(entries));
        Assert.Empty(ComparisonNotes.Of([entries[0], ("again", entries[0].Item2)]));
    }

    [Fact]
    public void Of_very_many_differences_the_first_are_told_and_the_others_counted()
    {
        var entries = new[] { "a", "b" }
            .Select(name => (name, Report("birds", 0.5, config: new JsonObject(Enumerable.Range(0, 200_000).Select(Value(name))))))
            .ToArray();
        var notes = ComparisonNotes.Of(entries);

        Assert.Equal(21, notes.Count);
        Assert.Equal($"birds: key0 is \"{new string('a', 79)}... in a, \"{new string('b', 79)}... in b", notes[0]);
        Assert.Equal("birds: 199,980 more keys differ between a and b", notes[20]);

        static Func<int, KeyValuePair<string, JsonNode?>> Value(string name)
            => key => KeyValuePair.Create($"key{key}", (JsonNode?)new string(name[0], 100));
    }

    [Fact]
    public void A_key_given_twice_is_an_error_that_names_the_file()
    {
        var path = Path.Combine(folder, "twice.json");
        File.WriteAllText(path, """{"dataset": "x", "model": "z", "task": "y", "metrics": {"acc1": 1}, "config": {"a": 1, "a": 2}}""");
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => EvaluationReportJson.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_one_side_states_is_no_difference()
    {
        File.WriteAllText(
            Path.Combine(folder, "clip.json"),
            """{"dataset": "birds", "model": "ViT-B-32", "pretrained": "openai", "task": "zeroshot_classification","""
            + """ "metrics": {"acc1": 0.5}, "language": "en"}""");
        var theirs = EvaluationReportJson.Read(Path.Combine(folder, "clip.json"))[0];
        EvaluationReportJson.Write(Path.Combine(folder, "ours.json"), [Report("birds", 0.5, config: new { Precision = "fp32", New = 3 })]);
        EvaluationReportJson.Write(Path.Combine(folder, "older.json"), [Report("birds", 0.5, config: new { Precision = "fp32", Old = 1 })]);
        var (ours, older) = (
            EvaluationReportJson.Read(Path.Combine(folder, "ours.json"))[0],
            EvaluationReportJson.Read(Path.Combine(folder, "older.json"))[0]);

        Assert.Empty(ComparisonNotes.Of([("ours", ours), ("theirs", theirs), ("older", older)]));
        Assert.Contains(
            "| birds | n | 10 |  |  |",
            ComparisonTable.Of([("ours", ours), ("theirs", theirs)]).ToMarkdown(),
            StringComparison.Ordinal);
    }

    private static EvaluationReport Report(string set, double accuracy, int unreadable = 0, object? config = null)
        => new(
            new EvaluationResult(
                set,
                "zeroshot_classification",
                new Dictionary<string, double> { ["acc1"] = accuracy },
                10 - unreadable,
                unreadable),
            "model",
            "hash",
            config ?? new { });
}
