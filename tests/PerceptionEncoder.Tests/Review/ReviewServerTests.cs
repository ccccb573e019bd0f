using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Review;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Review;

/// <summary>The server asked as its page asks it, and as others might.</summary>
public sealed class ReviewServerTests : IDisposable
{
    private readonly ReviewedClips files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public async Task A_clip_is_taken_decided_and_on_the_disk_when_the_answer_comes()
    {
        await using var review = await RunningReview.Start(Options(files.Write(3)));
        var taken = await review.Ask("/api/take", Who("a", "Ann"));
        var clip = taken["clip"]!;
        Assert.Equal("clips.tar 00000", clip["name"]!.GetValue<string>());
        Assert.Equal(ReviewedClips.Draft(0), clip["draft"]!.GetValue<string>());
        Assert.False(clip["is_file"]!.GetValue<bool>());
        Assert.Equal("frame captions", clip["sources"]![0]!["name"]!.GetValue<string>());
        Assert.Equal("0.5 s", clip["sources"]![0]!["lines"]![0]!["label"]!.GetValue<string>());

        var body = Decision(clip, "a", "Ann", "edited", " A better\u0007 caption. ");
        var answer = await review.Ask("/api/decide", body);
        Assert.Equal(1, answer["progress"]!["done"]!.GetValue<int>());
        await review.Ask("/api/decide", body);                                  // the answer was lost, and it is sent again
        var decision = Assert.Single(files.Reviews()).Decision;
        Assert.Equal((ReviewVerdict.Edited, "A better  caption."), (decision.Verdict, decision.Caption));

        var undone = await review.Ask("/api/undo", Who("a", "Ann"));
        Assert.Equal("edited", undone["verdict"]!.GetValue<string>());
        Assert.Equal("A better  caption.", undone["caption"]!.GetValue<string>());
        Assert.Equal(clip["id"]!.GetValue<long>(), undone["clip"]!["id"]!.GetValue<long>());
        Assert.Empty(files.Reviews());
        Assert.Null((await review.Ask("/api/undo", Who("a", "Ann")))["clip"]);
    }

    [Fact]
    public async Task A_lease_that_has_run_out_is_said_and_the_clip_goes_to_another()
    {
        var clock = new SetClock();
        await using var review = await RunningReview.Start(Options(files.Write(1)), clock: clock);
        var clip = (await review.Ask("/api/take", Who("a", "Ann")))["clip"]!;
        Assert.Null((await review.Ask("/api/take", Who("b", "Bob")))["clip"]);
        clock.Add(TimeSpan.FromMinutes(11));
        Assert.NotNull((await review.Ask("/api/take", Who("b", "Bob")))["clip"]);
        var renewal = new { client = "a", reviewer = "Ann", clip = clip["id"]!.GetValue<long>() };
        Assert.Equal(HttpStatusCode.Conflict, (await review.Refused("/api/renew", renewal)).Status);
        var (status, problem) = await review.Refused("/api/decide", Decision(clip, "a", "Ann", "accepted"));
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("another reviewer has it", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("accepted", null, 2, 3, "cannot be accepted")]
    [InlineData("flagged", null, -1, 0, "no words are flagged")]
    [InlineData("edited", " \u0000 ", -1, 0, "must not be empty")]
    [InlineData("rejected", null, 2, 3000, "not in the draft")]
    [InlineData("rejected", null, 2, 0, "not in the draft")]
    public async Task Decisions_that_make_no_sense_are_refused(string verdict, string? caption, int start, int length, string message)
    {
        await using var review = await RunningReview.Start(Options(files.Write(1)));
        var clip = (await review.Ask("/api/take", Who("a", "Ann")))["clip"]!;
        (int, int)[] spans = start < 0 ? [] : [(start, length)];
        var (status, problem) = await review.Refused("/api/decide", Decision(clip, "a", "Ann", verdict, caption, spans));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(message, problem, StringComparison.Ordinal);
        Assert.Empty(files.Reviews());
    }

    [Fact]
    public async Task Requests_that_are_none_of_the_pages_are_refused()
    {
        await using var review = await RunningReview.Start(Options(files.Write(1)));
        Assert.Equal(HttpStatusCode.BadRequest, (await review.Refused("/api/take", Who("a b", "Ann"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await review.Refused("/api/take", Who("a", " \u0001 "))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await review.Refused("/api/take", new { client = "a" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await review.Refused("/api/take", "nonsense")).Status);
        var clip = new JsonObject { ["id"] = 77L, ["draft"] = "?" };
        Assert.Equal(HttpStatusCode.NotFound, (await review.Refused("/api/decide", Decision(clip, "a", "Ann", "accepted"))).Status);

        // As a form of another site would post it, and from a name of another site that leads here.
        using var form = new StringContent("""{"client": "a", "reviewer": "Ann"}""", new MediaTypeHeaderValue("text/plain"));
        using var posted = await review.Client.PostAsync("/api/take", form);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, posted.StatusCode);
        using var misdirected = new HttpRequestMessage(HttpMethod.Get, "/api/session") { Headers = { Host = "evil.example" } };
        using var answer = await review.Client.SendAsync(misdirected);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        foreach (var path in new[] { "/media/77/clip", "/media/77/frames", "/media/1/clip", "/media/1/frames/99", "/media/x/clip", "/etc" })
        {
            using var missing = await review.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }
    }

    [Fact]
    public async Task The_page_may_load_and_run_nothing_but_its_own()
    {
        await using var review = await RunningReview.Start(Options(files.Write(1)));
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/review.js", "text/javascript"), ("/review.css", "text/css") })
        {
            using var response = await review.Client.GetAsync(path);
            Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            var text = await response.Content.ReadAsStringAsync();
            foreach (var markup in new[] { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", "//cdn" })
            {
                Assert.DoesNotContain(markup, text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_clip_is_sent_in_the_parts_that_are_asked_for()
    {
        byte[] film = [.. Enumerable.Range(0, 3000).Select(value => (byte)(value * 3))];
        await using var review = await RunningReview.Start(Options(files.Write(1, clip: _ => ("mp4", film))));
        var clip = (await review.Ask("/api/take", Who("a", "Ann")))["clip"]!;
        Assert.True(clip["is_file"]!.GetValue<bool>());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/media/{clip["id"]}/clip") { Headers = { Range = new(1000, 1999) } };
        using var response = await review.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("video/mp4", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(3000, response.Content.Headers.ContentRange!.Length);
        Assert.Equal(film[1000..2000], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(film, await review.Client.GetByteArrayAsync($"/media/{clip["id"]}/clip"));
    }

    [SkippableFact]
    public async Task Frames_are_those_stored_or_those_that_a_clip_decodes_to()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        DecodedImage[] pictures = [.. Enumerable.Range(0, 4).Select(index => new Canvas(48, 32, ((byte)(60 * index), 90, 90)).ToImage())];
        files.Write(2, clip: index => index == 1 ? ("mov", QuickTimeFile.Encode(pictures, 2)) : null);
        await using var review = await RunningReview.Start(Options(files.At("clips.tar")));
        Assert.Equal("""{"count":2}""", await review.Client.GetStringAsync("/media/1/frames"));
        Assert.Equal(ReviewedClips.Frame(0, 1), await review.Client.GetByteArrayAsync("/media/1/frames/1"));
        Assert.Equal("""{"count":4}""", await review.Client.GetStringAsync("/media/2/frames"));
        var decoded = ImageDecoders.Default.Decode(await review.Client.GetByteArrayAsync("/media/2/frames/3"), 10_000);
        Assert.Equal((48, 32), (decoded.Width, decoded.Height));
        Assert.InRange(decoded.Pixels[0], 170, 190);
    }

    [Fact]
    public async Task Others_than_this_machine_need_the_token()
    {
        const string Token = "0123456789abcdef";
        await using var review = await RunningReview.Start(Options(files.Write(1)) with { Token = Token });
        foreach (var path in new[] { "/", "/api/session", "/media/1/frames", "/?token=wrong", $"/api/session?token={Token}" })
        {
            using var refused = await review.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var entered = await review.Client.GetAsync($"/?token={Token}");
        Assert.Equal((HttpStatusCode.Redirect, "/"), (entered.StatusCode, entered.Headers.Location!.ToString()));
        Assert.Contains("httponly", Assert.Single(entered.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        using var page = await review.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        foreach (var address in new[] { $"/?token={Token}", "/?token=old" })
        {
            using var returned = await review.Client.GetAsync(address);                 // by a bookmark, with the cookie
            Assert.Equal((HttpStatusCode.Redirect, "/"), (returned.StatusCode, returned.Headers.Location!.ToString()));
        }

        await Assert.ThrowsAsync<ArgumentException>(
            () => ReviewServer.Start(Options(files.At("clips.tar")) with { Address = IPAddress.Any }, _ => { }));
    }

    [Fact]
    public async Task A_shard_or_state_that_fails_is_said_and_nothing_counts()
    {
        List<string> said = [];
        var path = files.Write(1);
        await using var review = await RunningReview.Start(Options(path), said.Add);
        var clip = (await review.Ask("/api/take", Who("a", "Ann")))["clip"]!;
        File.AppendAllText(path, "x");
        var (status, problem) = await review.Refused("/api/decide", Decision(clip, "a", "Ann", "accepted"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("has changed since the review was started", problem, StringComparison.Ordinal);
        Assert.Equal(problem, Assert.Single(said));
        Assert.Empty(files.Reviews());
    }

    [Fact]
    public async Task A_start_that_cannot_be_is_one_line()
    {
        var options = Options(files.Write(1));
        await using var review = await RunningReview.Start(options);
        await Refuses(options with { Port = review.Page.Port }, "cannot be listened on");
        await Refuses(options with { Drafts = ["json.gone"] }, "no clip with a draft at json.gone (1 times missing caption)");
        await Refuses(options with { Shards = [files.At("gone")] }, "does not exist");
        await Refuses(options with { State = files.At("clips.tar") }, "is no state of reviews");

        static async Task Refuses(ReviewServerOptions options, string message)
            => Assert.Contains(
                message,
                (await Assert.ThrowsAsync<UserErrorException>(() => ReviewServer.Start(options, _ => { }))).Message,
                StringComparison.Ordinal);
    }

    private ReviewServerOptions Options(string shards) => RunningReview.Options(shards, files.State);

    private static object Who(string client, string reviewer) => new { client, reviewer };

    private static object Decision(
        JsonNode clip,
        string client,
        string reviewer,
        string verdict,
        string? caption = null,
        params (int Start, int Length)[] spans) => new
        {
            client,
            reviewer,
            clip = clip["id"]!.GetValue<long>(),
            request = Guid.NewGuid().ToString("N"),
            verdict,
            draft = clip["draft"]!.GetValue<string>(),
            caption,
            spans = spans.Select(span => new { start = span.Start, length = span.Length }),
            seconds = 1.5,
        };
}
