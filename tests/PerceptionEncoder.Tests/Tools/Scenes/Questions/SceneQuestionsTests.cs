using System.Text.Json;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.Scenes.Questions;

namespace PerceptionEncoder.Tests.Tools.Scenes.Questions;

public sealed class SceneQuestionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("scene-questions").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_cycle_of_held_out_questions_has_every_answer_of_a_kind_equally_often()
    {
        var questions = Enumerable.Range(0, SceneQuestions.Cycle).Select(i => SceneQuestions.Draw(3, i, SceneSplit.Test)).ToArray();
        foreach (var kind in questions.GroupBy(question => question.Kind))
        {
            var counts = kind.CountBy(question => question.Answer).ToDictionary();
            Assert.Equal(SceneQuestions.Answers[kind.Key].Order(), counts.Keys.Order());
            Assert.Single(counts.Values.Distinct());
        }

        Assert.All(questions, question => Assert.Equal(SceneSplit.Test, SceneQuestions.SplitOf(question.Scene)));
    }

    [Fact]
    public void Who_knows_all_training_questions_and_sees_no_picture_is_no_better_than_a_guess()
    {
        var answers = Draw(60_000, SceneSplit.Train).GroupBy(question => question.Text)
            .ToDictionary(same => same.Key, same => same.CountBy(question => question.Answer).MaxBy(count => count.Value).Key);
        var test = Draw(10 * SceneQuestions.Cycle, SceneSplit.Test);
        var right = test.Count(question => answers.GetValueOrDefault(question.Text, "yes") == question.Answer) / (double)test.Length;
        Assert.InRange(right, SceneQuestions.Prior - 0.03, SceneQuestions.Prior + 0.03);
    }

    [Fact]
    public void Questions_are_answered_by_their_scenes()
    {
        foreach (var question in Draw(2000, SceneSplit.Train))
        {
            var caption = question.Scene.FullCaption;
            var isRight = question.Kind switch
            {
                SceneQuestionKind.Count => question.Answer switch
                {
                    "one" => question.Scene is SingleScene,
                    "two" => question.Scene is PairScene or CountScene { Count: 2 },
                    var number => question.Scene is CountScene && caption.StartsWith(number, StringComparison.Ordinal),
                },
                SceneQuestionKind.Color => caption.Contains($"{question.Answer} {question.Text["what colour is the ".Length..^1]}"),
                SceneQuestionKind.Place => caption.Contains($" {question.Text["where is the ".Length..^1]} {question.Answer} of"),
                SceneQuestionKind.Relation => ((PairScene)question.Scene) is var pair
                    && question.Text is var text
                    && (text == $"where is the {pair.First}, seen from the {pair.Second}?"
                        ? question.Answer == PairScene.Forwards(pair.Relation)
                        : text == $"where is the {pair.Second}, seen from the {pair.First}?"
                            && question.Answer == PairScene.Backwards(pair.Relation)),
                _ => question.Answer == (IsTrue(question.Text, question.Scene) ? "yes" : "no"),
            };
            Assert.True(isRight, $"{question.Text} {question.Answer}: {caption}");
        }
    }

    [Fact]
    public void The_set_is_the_same_from_run_to_run_and_its_lines_name_its_pictures()
    {
        foreach (var copy in new[] { "one", "two" })
        {
            SceneQuestionDataset.Write(Path.Combine(folder, copy), 20, 10, 30, seed: 5, size: 32);
        }

        var files = Directory.GetFiles(Path.Combine(folder, "one"), "*", SearchOption.AllDirectories);
        Assert.Equal(34, files.Length);
        Assert.All(files, file => Assert.Equal(
            File.ReadAllBytes(file),
            File.ReadAllBytes(file.Replace("/one/", "/two/", StringComparison.Ordinal))));
        var test = Path.Combine(folder, "one", "test");
        Assert.All(File.ReadLines(Path.Combine(test, "qa.jsonl")), line => Assert.True(
            File.Exists(Path.Combine(test, JsonDocument.Parse(line).RootElement.GetProperty("image").GetString()!))));
    }

    private static SceneQuestion[] Draw(int count, SceneSplit split)
        => [.. Enumerable.Range(0, count).AsParallel().AsOrdered().Select(i => SceneQuestions.Draw(17, i, split))];

    private static bool IsTrue(string question, SceneDescription scene)
    {
        if (question.StartsWith("is there a ", StringComparison.Ordinal))
        {
            var what = question["is there a ".Length..^1];
            return scene switch
            {
                SingleScene single => single.Object.ToString() == what,
                PairScene pair => pair.First.ToString() == what || pair.Second.ToString() == what,
                _ => false,
            };
        }

        var statement = question["is the ".Length..^1];
        return scene is PairScene two
            && (statement == $"{two.First} {PairScene.Forwards(two.Relation)} the {two.Second}"
                || statement == $"{two.Second} {PairScene.Backwards(two.Relation)} the {two.First}");
    }
}
