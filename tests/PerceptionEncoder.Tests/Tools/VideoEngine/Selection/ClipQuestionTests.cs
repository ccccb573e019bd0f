using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Selection;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Selection;

/// <summary>Yes/no questions of a selection, by an endpoint in the test's own process whose answers are scripted.</summary>
public sealed class ClipQuestionTests : IDisposable
{
    private readonly ShardFolder folder = new();
    private readonly List<string> dropped = [];

    public ClipQuestionTests()
    {
        TorchRuntime.Initialize();
        using var writer = new ShardWriter(folder.PathOf("a.tar"));
        for (var clip = 0; clip < 4; clip++)
        {
            writer.Write($"{clip}", Stored(MovingClip.Frames(3, 20, -20, (ulong)clip)));
        }

        writer.Write("black", Stored([.. Enumerable.Repeat(MovingClip.Flat(0), 3)]));
    }

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void Clips_that_the_rules_keep_are_asked_about_once()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using var endpoint = new ScriptedEndpoint(Answer);
        var summary = Run(endpoint.Address);
        Assert.Equal(4 * (1 + 1 + 2), endpoint.Calls.Count);                // the third question is never answered clearly: twice each
        Assert.All(endpoint.Calls, call => Assert.Equal(2, call.Pictures.Count));
        Assert.Equal(
            [("moving", 4, 0, 0), ("slides", 1, 3, 0), ("text", 0, 0, 4)],
            summary.Questions!.Questions.Select(question => (question.Name, question.Yes, question.No, question.Unknown)));
        Assert.Equal((16L, 1760L), (summary.Questions.Calls, summary.Questions.Tokens));
        Assert.Equal((3L, 1L, 1L), (summary.Kept, summary.ByReason["question slides"], summary.ByReason["black"]));
        var lines = File.ReadLines(folder.PathOf("out/selection.jsonl"))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("scores")).ToArray();
        Assert.Equal([1, 1, 1, 1], lines.Take(4).Select(scores => scores.GetProperty("question_moving").GetDouble()));
        Assert.False(lines[4].TryGetProperty("question_moving", out _));    // it was not asked about
        Assert.Contains("question slides", File.ReadAllText(summary.Report), StringComparison.Ordinal);

        // Nothing is asked again, but for a question that is another.
        Assert.Equal(0, Run(endpoint.Address).Questions!.Calls);
        var other = Questions(endpoint.Address);
        other = other with { Questions = [other.Questions[0] with { Ask = "Does it move?" }, .. other.Questions.Skip(1)] };
        Assert.Equal(4, Run(other).Questions!.Calls);
        Assert.Equal(20, endpoint.Calls.Count);
    }

    [SkippableFact]
    public void A_wrong_key_stops_and_what_was_answered_stays()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var answered = 0;
        using (var endpoint = new ScriptedEndpoint(call => Interlocked.Increment(ref answered) > 5
            ? ScriptedEndpoint.Error(401, "no")
            : Answer(call)))
        {
            var failure = Assert.Throws<UserErrorException>(() => Run(endpoint.Address));
            Assert.Contains("HTTP 401", Assert.Single(failure.Lines), StringComparison.Ordinal);
            Assert.InRange(endpoint.Calls.Count, 6, 9);                     // those under way, and those that took their places
        }

        // A line that a killed process began is no answer.
        File.AppendAllText(folder.PathOf("out/answers.jsonl"), "{\"shard\": \"a");
        using var mended = new ScriptedEndpoint(Answer);
        Assert.Equal(11, Run(mended.Address).Questions!.Calls);
        Assert.Equal(11, mended.Calls.Count);
    }

    [SkippableFact]
    public void A_budget_holds_over_several_commands()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using var endpoint = new ScriptedEndpoint(Answer);
        var config = Questions(endpoint.Address) with { Budget = new BudgetOptions { Tokens = 600 } };
        foreach (var _ in Enumerable.Range(0, 2))
        {
            Assert.Contains("budget.tokens", Assert.Throws<UserErrorException>(() => Run(config)).Message, StringComparison.Ordinal);
        }

        Assert.InRange(endpoint.Calls.Count, 6, 7);                         // 110 tokens each, and one more was under way
    }

    [Theory]
    [InlineData("Yes.", true)]
    [InlineData(" **no**, it does not", false)]
    [InlineData("NO", false)]
    [InlineData("Yesterday", null)]
    [InlineData("It does: yes", null)]
    [InlineData("", null)]
    public void The_first_word_answers(string answer, bool? expected) => Assert.Equal(expected, ClipQuestioning.IsYes(answer));

    private ScriptedEndpoint.Reply Answer(ScriptedEndpoint.Call call)
    {
        if (!call.Text.Contains("slide show", StringComparison.Ordinal))
        {
            return ScriptedEndpoint.Says(call.Text.Contains("move", StringComparison.Ordinal) ? "Yes." : "Perhaps.");
        }

        lock (dropped)
        {
            dropped.Add(call.Pictures[0]);
            return ScriptedEndpoint.Says(call.Pictures[0] == dropped[0] ? "yes, it is" : "No");
        }
    }

    private static ClipQuestionsConfig Questions(string address) => new()
    {
        Captioner = new CaptionerOptions { Address = address, Model = "seeing", Retries = 0, CallsAtOnce = 2 },
        Frames = 2,
        Questions =
        [
            new ClipQuestion { Name = "moving", Ask = "Does something move?" },
            new ClipQuestion { Name = "slides", Ask = "Is it a slide show?", Keep = KeptAnswer.No },
            new ClipQuestion { Name = "text", Ask = "Is it full of text?", Keep = KeptAnswer.No },
        ],
    };

    private SelectionSummary Run(string address) => Run(Questions(address));

    private SelectionSummary Run(ClipQuestionsConfig questions) => new VideoSelection(new SelectionOptions
    {
        Shards = [folder.PathOf("a.tar")],
        Output = folder.PathOf("out"),
        Keep = 1,
        HashDistance = -1,
        Questions = questions,
    }) { FirstPause = TimeSpan.FromMilliseconds(1) }.Run(_ => { });

    private static (string, ReadOnlyMemory<byte>)[] Stored(IReadOnlyList<DecodedImage> frames)
        => [.. frames.Select((frame, index)
            => (FrameMembers.Extension(index, "jpg"), (ReadOnlyMemory<byte>)JpegEncoder.Encode(frame)))];
}
