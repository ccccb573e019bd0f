using System.Text.Json;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

namespace PerceptionEncoder.Tests.Evaluation.QuestionAnswering;

/// <summary>Every set of questions or captions that is in the data folder, answered with its own right answers.</summary>
public sealed class RealQuestionSetTests : IDisposable
{
    private const string Absent = "(absent)";
    private readonly string folder = Directory.CreateTempSubdirectory("pe-real-questions-").FullName;

    public static TheoryData<string> Sets
    {
        get
        {
            string[] names = Directory.Exists(RepositoryPaths.Data)
                ? [.. Directory.GetDirectories(RepositoryPaths.Data).Select(Path.GetFileName)
                    .Where(name => PublishedQuestionSets.Find(name!) is not null).Order(StringComparer.Ordinal)!]
                : [];
            return new(names.Length > 0 ? names : [Absent]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Right_answers_to_a_real_set_get_nearly_all_there_is_and_its_pictures_are_found(string name)
    {
        Skip.If(name == Absent, $"no set of questions in {RepositoryPaths.Data}; set PE_DATA_DIR");
        var set = QuestionSet.Open(name, RepositoryPaths.Data, null, alone: true, _ => { });
        Assert.NotEmpty(set.Questions);
        Assert.All(set.Questions, question => Assert.NotEqual(0, Assert.Single(question.Media).ReadBytes().Length));
        var answers = Path.Combine(folder, "answers.jsonl");
        File.WriteAllLines(answers, set.Questions.Select(question => JsonSerializer.Serialize(new
        {
            question_id = question.Id,
            answer = question.Answers.CountBy(answer => answer).MaxBy(count => count.Value).Key,
        })));
        var page = Path.Combine(folder, "page.html");
        var run = new QuestionAnsweringRun { Sets = [name], Data = RepositoryPaths.Data, Predictions = answers, Page = page };
        IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();
        run.Run(_ => { }, null, reports => figures = Assert.Single(reports).Result.Metrics, CancellationToken.None);
        Assert.True(set.Kind.Metric is CaptionMetric ? figures["CIDEr"] > 1.5 : figures.Values.First() > 0.9);
        Assert.Contains("data:image/jpeg;base64,", File.ReadAllText(page));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
