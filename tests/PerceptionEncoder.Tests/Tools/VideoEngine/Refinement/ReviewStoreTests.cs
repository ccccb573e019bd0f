using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;

public sealed class ReviewStoreTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly ReviewedClips files = new();
    private readonly SetClock clock = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void A_clip_is_lent_to_one_browser_until_its_lease_ends_or_is_decided()
    {
        using var store = Open(out var ids, count: 3);
        Assert.Equal(ids[0], store.Take("a", "Ann", Lease));
        Assert.Equal(ids[1], store.Take("b", "Bob", Lease));
        Assert.Equal(ids[0], store.Take("a", "Ann", Lease));                    // after a reload
        clock.Add(Lease / 2);
        Assert.True(store.Renew("a", "Ann", ids[0], Lease));
        Assert.False(store.Renew("b", "Bob", ids[0], Lease));
        clock.Add(Lease / 2);
        Assert.Equal(ids[1], store.Take("c", "Cy", Lease));                     // Bob's has ended, Ann's has not
        Assert.Equal(DecisionOutcome.Taken, store.Decide(Decision(ids[1], "b", "Bob")));
        Assert.Equal(DecisionOutcome.Saved, store.Decide(Decision(ids[0], "a", "Ann")));
        Assert.Equal(DecisionOutcome.Closed, store.Decide(Decision(ids[0], "b", "Bob")));
        Assert.Equal(ids[2], store.Take("a", "Ann", Lease));
        Assert.Null(store.Take("b", "Bob", Lease));
        Assert.Equal(new ReviewProgress(3, 3, 1, 1, 0), store.Progress("Ann"));
    }

    [Fact]
    public void A_lease_that_has_ended_is_no_loss_where_nobody_else_took_the_clip()
    {
        using var store = Open(out var ids, count: 1);
        store.Take("a", "Ann", Lease);
        clock.Add(2 * Lease);
        Assert.Equal(DecisionOutcome.Saved, store.Decide(Decision(ids[0], "a", "Ann")));
    }

    [Fact]
    public void A_decision_that_is_sent_again_counts_once()
    {
        using var store = Open(out var ids, count: 2);
        store.Take("a", "Ann", Lease);
        var decision = Decision(ids[0], "a", "Ann");
        Assert.Equal(DecisionOutcome.Saved, store.Decide(decision));
        Assert.Equal(DecisionOutcome.Saved, store.Decide(decision));
        var review = Assert.Single(store.Reviews());
        Assert.Equal(decision with { Spans = [] }, review.Decision with { Spans = [] });
        Assert.Equal(decision.Spans, review.Decision.Spans);
        Assert.Equal(("a.tar", "/shards/a.tar", "00000"), (review.Shard, review.ShardPath, review.Key));
        Assert.Equal(clock.GetUtcNow(), review.Time);
    }

    [Fact]
    public void Undo_takes_back_one_decision_after_another_and_lends_the_clip_again()
    {
        using var store = Open(out var ids, count: 3);
        for (var i = 0; i < 2; i++)
        {
            store.Take("a", "Ann", Lease);
            store.Decide(Decision(ids[i], "a", "Ann"));
        }

        Assert.Null(store.Undo("b", "Ann", Lease).Review);                      // another browser's decisions are its own
        Assert.Equal(ids[1], store.Undo("a", "Ann", Lease).Review!.Clip);
        Assert.Equal(ids[1], store.Take("a", "Ann", Lease));
        Assert.Equal(ids[0], store.Undo("a", "Ann", Lease).Review!.Clip);
        Assert.Equal(ids[1], store.Take("b", "Bob", Lease));                    // given back
        Assert.Equal(new UndoneReview(null), store.Undo("a", "Ann", Lease));
        Assert.Empty(store.Reviews());
        Assert.Equal(DecisionOutcome.Saved, store.Decide(Decision(ids[0], "a", "Ann")));
        Assert.Single(store.Reviews());
    }

    [Fact]
    public void What_is_skipped_goes_to_others_and_comes_back_when_asked_for()
    {
        using var store = Open(out var ids, count: 1);
        store.Take("a", "Ann", Lease);
        store.Decide(Decision(ids[0], "a", "Ann", ReviewVerdict.Skipped));
        Assert.Null(store.Take("a", "Ann", Lease));
        Assert.Equal(new ReviewProgress(1, 1, 0, 0, 1), store.Progress("Ann"));
        Assert.Equal(ids[0], store.Take("b", "Bob", Lease));
        store.Decide(Decision(ids[0], "b", "Bob", ReviewVerdict.Skipped));
        Assert.Equal(1, store.TakeUpSkipped("Ann"));
        Assert.Equal(ids[0], store.Take("a", "Ann", Lease));
        Assert.Null(store.Take("b", "Bob", Lease));
    }

    [Fact]
    public void A_clip_for_agreement_gets_two_reviews_by_different_people_one_after_the_other()
    {
        using var store = Open(out var ids, count: 1, doubleShare: 1);
        Assert.Equal(ids[0], store.Take("a", "Ann", Lease));
        Assert.Null(store.Take("b", "Bob", Lease));
        store.Decide(Decision(ids[0], "a", "Ann"));
        Assert.Null(store.Take("c", "Ann", Lease));                             // the same person at another browser
        Assert.False(store.Renew("a", "Ann", ids[0], Lease));
        Assert.Equal(ids[0], store.Take("b", "Bob", Lease));
        Assert.Equal(new UndoneReview(null, IsTaken: true), store.Undo("a", "Ann", Lease));
        store.Decide(Decision(ids[0], "b", "Bob"));
        Assert.Equal(new ReviewProgress(1, 2, 2, 1, 0), store.Progress("Bob"));
        Assert.Equal(ids[0], store.Undo("a", "Ann", Lease).Review!.Clip);
        Assert.Equal(new ReviewProgress(1, 2, 1, 1, 0), store.Progress("Bob"));
    }

    [Fact]
    public void The_share_for_agreement_is_met_and_the_same_clips_each_time()
    {
        var clips = Clips(1000);
        var first = clips.Count(clip => ReviewStore.Part(clip) < 0.2);
        Assert.InRange(first, 150, 250);
        Assert.Equal(first, Clips(1000).Count(clip => ReviewStore.Part(clip) < 0.2));
    }

    [Fact]
    public void A_state_opened_again_goes_on_and_knows_moved_shards_by_their_names()
    {
        string id;
        using (var store = Open(out var ids, count: 2))
        {
            id = store.Id;
            store.Take("a", "Ann", Lease);
            store.Decide(Decision(ids[0], "a", "Ann"));
        }

        using (var store = Open(out var ids, count: 3, folder: "/moved"))
        {
            Assert.Equal(id, store.Id);
            Assert.Equal(ids[1], store.Take("b", "Bob", Lease));
            Assert.Equal("/moved/a.tar", Assert.Single(store.Reviews()).ShardPath);
            Assert.Equal(new ReviewProgress(3, 3, 1, 0, 0), store.Progress("Bob"));
        }
    }

    [Fact]
    public void Only_clips_that_are_served_are_offered()
    {
        using var store = Open(out var ids, count: 2);
        using var other = ReviewStore.Open(files.State, clock: clock);
        var others = other.Serve(Clips(2, name: "b.tar"), 0);
        Assert.Equal(others[0], other.Take("b", "Bob", Lease));
        Assert.Equal(ids[0], store.Take("a", "Ann", Lease));
        Assert.Equal(2, other.Progress("Bob").Clips);
    }

    [Fact]
    public void Progress_counts_what_other_servers_write_and_what_this_one_does()
    {
        using var store = Open(out var ids, count: 4);
        using var other = Open(out _, count: 4);
        Assert.Equal(new ReviewProgress(4, 4, 0, 0, 0), store.Progress("Ann"));
        other.Decide(Decision(ids[0], "b", "Bob"));
        store.Decide(Decision(ids[1], "a", "Ann"));
        Assert.Equal(new ReviewProgress(4, 4, 2, 1, 0), store.Progress("Ann"));
        Assert.Equal(new ReviewProgress(4, 4, 2, 1, 0), other.Progress("Bob"));
        store.Decide(Decision(ids[2], "a", "Ann"));
        store.Undo("a", "Ann", Lease);
        other.Undo("b", "Bob", Lease);
        Assert.Equal(new ReviewProgress(4, 4, 1, 1, 0), store.Progress("Ann"));
        store.Decide(Decision(ids[3], "a", "Ann"));
        var again = Decision(ids[2], "a", "Ann");
        Assert.Throws<UserErrorException>(() => store.Decide(again with { Reviewer = null! }));        // nothing of it counts
        Assert.Equal(new ReviewProgress(4, 4, 2, 2, 0), store.Progress("Ann"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_two_browsers_ever_have_one_clip_whatever_they_do(int seed)
    {
        var random = new Random(seed);
        using var store = Open(out var ids, count: 6, doubleShare: 0.5);
        var passes = Clips(6).Select((clip, index) => (ids[index], ReviewStore.Part(clip) < 0.5 ? 2 : 1)).ToDictionary();
        (string Client, string Person)[] people = [("a", "Ann"), ("b", "Bob"), ("c", "Cy"), ("d", "Ann")];
        Dictionary<string, (long Clip, DateTimeOffset End)> held = [];
        List<ReviewDecision> decisions = [];
        for (var step = 0; step < 400; step++)
        {
            var (client, person) = people[random.Next(people.Length)];
            var now = clock.GetUtcNow();
            switch (random.Next(5))
            {
                case 0 or 1:
                    var taken = store.Take(client, person, Lease);
                    held.Remove(client);
                    if (taken is { } clip)
                    {
                        Assert.DoesNotContain(held, other => other.Value.Clip == clip && other.Value.End > now);
                        Assert.True(IsWanted(clip, person));
                        held[client] = (clip, now + Lease);
                    }

                    break;
                case 2 when held.TryGetValue(client, out var mine):
                    var verdict = random.Next(4) == 0 ? ReviewVerdict.Skipped : ReviewVerdict.Accepted;
                    var decision = Decision(mine.Clip, client, person, verdict);
                    var isAnothers = held.Any(other => other.Key != client && other.Value.Clip == mine.Clip && other.Value.End > now);
                    Assert.Equal(
                        isAnothers ? DecisionOutcome.Taken : IsWanted(mine.Clip, person) ? DecisionOutcome.Saved : DecisionOutcome.Closed,
                        store.Decide(decision));
                    if (!isAnothers && IsWanted(mine.Clip, person))
                    {
                        decisions.Add(decision);
                        held = held.Where(other => other.Value.Clip != mine.Clip).ToDictionary();
                    }

                    break;
                case 3 when random.Next(3) == 0:
                    var undone = store.Undo(client, person, Lease);
                    if (undone.Review is { } review)
                    {
                        Assert.Equal(decisions.Last(other => other.Client == client && other.Reviewer == person).Request, review.Request);
                        Assert.DoesNotContain(
                            held,
                            other => other.Key != client && other.Value.Clip == review.Clip && other.Value.End > now);
                        decisions.RemoveAll(other => other.Request == review.Request);
                        held[client] = (review.Clip, now + Lease);
                    }

                    break;
                default:
                    clock.Add(Lease / random.Next(1, 8));
                    break;
            }

            Assert.Equal(ids.Sum(clip => passes[clip] - Missing(clip)), store.Progress("Ann").Done);
        }

        Assert.Equal(
            decisions.Select(decision => decision.Request).Order(),
            store.Reviews().Select(review => review.Decision.Request).Order());

        bool IsWanted(long clip, string person)
            => Missing(clip) > 0 && !decisions.Any(decision => decision.Clip == clip && decision.Reviewer == person);

        int Missing(long clip) => Math.Max(0, passes[clip] - decisions.Count(
            decision => decision.Clip == clip && decision.Verdict != ReviewVerdict.Skipped));
    }

    [Fact]
    public async Task Browsers_of_several_servers_on_one_state_review_everything_once_at_the_same_time()
    {
        const int Count = 24;
        var held = new ConcurrentDictionary<long, string>();
        var workers = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            using var store = ReviewStore.Open(files.State);
            store.Serve(Clips(Count), 0.5);
            while (store.Progress("") is var progress && progress.Done < progress.Reviews)
            {
                if (store.Take($"client{worker}", $"person{worker}", Lease) is not { } clip)
                {
                    Thread.Sleep(2);
                    continue;
                }

                Assert.True(held.TryAdd(clip, $"client{worker}"), $"clip {clip} is with two");
                Thread.Yield();
                held.TryRemove(clip, out _);
                Assert.Equal(DecisionOutcome.Saved, store.Decide(Decision(clip, $"client{worker}", $"person{worker}")));
            }
        })).ToArray();
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromMinutes(2));
        var reviews = files.Reviews();
        var wanted = Clips(Count).Sum(clip => ReviewStore.Part(clip) < 0.5 ? 2 : 1);
        Assert.Equal(wanted, reviews.Count);
        Assert.Equal(wanted, reviews.DistinctBy(review => (review.Key, review.Decision.Reviewer)).Count());
    }

    [Fact]
    public void A_file_that_is_no_state_or_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        File.WriteAllText(files.At("text"), new string('x', 4096));
        Assert.Contains("is no state of reviews", Refusal(files.At("text")), StringComparison.Ordinal);

        var other = files.At("other.sqlite");
        Execute(other, "CREATE TABLE mine (x)");
        var before = File.ReadAllBytes(other);
        Assert.Contains("is no state of reviews", Refusal(other), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(other));

        Open(out _, count: 1).Dispose();
        Execute(files.State, "PRAGMA user_version = 7");
        Assert.Contains("version 7, which a newer pe has written", Refusal(files.State), StringComparison.Ordinal);
        Assert.Contains("no such file", Refusal(files.At("gone.sqlite"), create: false), StringComparison.Ordinal);
        Assert.Contains("cannot be written", Refusal(files.At("text/state.sqlite")), StringComparison.Ordinal);
        ReviewStore.Open(files.At("new/state.sqlite")).Dispose();
        Assert.True(File.Exists(files.At("new/state.sqlite")));
        Assert.Contains("is a folder", Refusal(files.Folder), StringComparison.Ordinal);
    }

    private static string Refusal(string path, bool create = true)
        => Assert.Throws<UserErrorException>(() => ReviewStore.Open(path, create)).Message;

    private static void Execute(string path, string statement)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private static ReviewSample[] Clips(int count, string name = "a.tar", string folder = "/shards")
    {
        var shard = new ReviewShard($"{folder}/{name}", 0, default);
        return [.. Enumerable.Range(0, count).Select(index => new ReviewSample(
            shard,
            ReviewedClips.Key(index),
            new Dictionary<string, MemberPlace> { ["mp4"] = new(0, 1) }))];
    }

    private static ReviewDecision Decision(long clip, string client, string person, ReviewVerdict verdict = ReviewVerdict.Accepted) => new(
        Guid.NewGuid().ToString("N"),
        client,
        person,
        clip,
        verdict,
        "A draft.",
        verdict == ReviewVerdict.Accepted ? "A draft." : null,
        [new FlaggedSpan(2, 5)],
        1.5);

    private ReviewStore Open(out long[] ids, int count, double doubleShare = 0, string folder = "/shards")
    {
        var store = ReviewStore.Open(files.State, clock: clock);
        ids = store.Serve(Clips(count, folder: folder), doubleShare);
        return store;
    }
}
