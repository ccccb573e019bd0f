using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class EvalVqaCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-vqa-").FullName;

    [Fact]
    public void Answers_in_a_file_are_scored_and_one_that_is_missing_is_named()
    {
        var set = Directory.CreateDirectory(Path.Combine(folder, "chartqa-mine")).FullName;
        File.WriteAllLines(Path.Combine(set, "qa.jsonl"), Enumerable.Range(0, 3).Select(id
            => $$"""{"question_id": {{id}}, "question": "How many?", "answers": ["{{id + 10}}"], "split": "human"}"""));
        var (answers, json) = (Path.Combine(folder, "answers.jsonl"), Path.Combine(folder, "result.json"));
        File.WriteAllText(answers, """[{"id": 0, "prediction": 10}, {"id": 1, "prediction": "11.5"}, {"id": 2, "prediction": "15"}]""");
        var (code, output, error) = PeProcess.Run("eval", "vqa", set, "--predictions", answers, "--json", json);
        Assert.True(code == 0, error);
        Assert.Contains("66.67", output);
        using var result = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(2.0 / 3, result.RootElement.GetProperty("metrics").GetProperty("relaxed_accuracy/human").GetDouble(), 1e-12);
        Assert.Equal(("chartqa-mine", 3), (
            result.RootElement.GetProperty("dataset").GetString(),
            result.RootElement.GetProperty("samples").GetInt32()));

        File.WriteAllText(answers, """[{"id": 0, "prediction": "10"}]""");
        (code, output, error) = PeProcess.Run("eval", "vqa", set, "--predictions", answers);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"pe: {answers}: has no answer to question 1 and 1 others of 3. "
            + "Each must be answered once; an empty answer counts.", error.Trim());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
