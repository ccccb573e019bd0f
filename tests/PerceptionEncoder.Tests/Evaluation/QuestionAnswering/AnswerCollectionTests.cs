using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.QuestionAnswering.Answers;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;

namespace PerceptionEncoder.Tests.Evaluation.QuestionAnswering;

public sealed class AnswerCollectionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-answers-").FullName;
    private readonly VisualQuestion[] questions =
        [.. Enumerable.Range(0, 11).Select(index => new VisualQuestion { Id = $"{index}", Text = $"q{index}" })];

    public AnswerCollectionTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Answers_come_back_in_the_order_of_the_questions_however_many_ranks_there_are(int ranks)
    {
        var collected = new IReadOnlyList<string?>[ranks];
        LoopBack.Run(ranks, world =>
        {
            var kept = world.Writes ? new KeptAnswers(folder, "key") : null;
            collected[world.Rank] = new AnswerCollection(world, kept, 2).Collect(questions, Answer, _ => { }, CancellationToken.None);
        });
        Assert.Equal(questions.Select(question => question.Id == "5" ? null : $"a {question.Text}"), collected[0]);
        Assert.All(collected[1..], Assert.Empty);
    }

    [Fact]
    public void An_interrupted_collection_goes_on_where_it_was_also_after_a_cut_line()
    {
        using var stop = new CancellationTokenSource();
        var asked = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => Collect(batch =>
        {
            asked += batch.Count;
            if (asked == 6)
            {
                stop.Cancel();
            }

            return Answer(batch);
        }, stop.Token));
        Assert.Equal(4, new KeptAnswers(folder, "key").Texts.Count);      // the round in which it stopped is lost
        File.AppendAllText(Path.Combine(folder, "key.answers.jsonl"), "\"half of an ans");
        asked = 0;
        var all = Collect(batch =>
        {
            asked += batch.Count;
            return Answer(batch);
        }, CancellationToken.None);
        Assert.Equal(7, asked);
        Assert.Equal("a q10", all[10]);
        new KeptAnswers(folder, "key").Discard();
        Assert.Empty(Directory.GetFiles(folder));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private IReadOnlyList<string?> Collect(Func<IReadOnlyList<VisualQuestion>, IReadOnlyList<string?>> answer, CancellationToken stop)
        => new AnswerCollection(World.Single, new KeptAnswers(folder, "key"), 2).Collect(questions, answer, _ => { }, stop);

    private static string?[] Answer(IReadOnlyList<VisualQuestion> batch)
        => [.. batch.Select(question => question.Id == "5" ? null : $"a {question.Text}")];
}
