using System.Text.Json.Nodes;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Review;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Review;

/// <summary>The page in a real browser, by keys alone.</summary>
public sealed class ReviewPageTests : IDisposable
{
    private readonly ReviewedClips files = new();

    public void Dispose() => files.Dispose();

    [SkippableFact]
    public async Task Twenty_clips_are_reviewed_by_keys_alone_with_a_reload_in_the_middle()
    {
        Browser.SkipWithout();
        const int Count = 20;
        await using var review = await RunningReview.Start(Options(files.Write(Count)));
        await using var browser = await Browser.Start();
        var tab = await Begin(browser, review, "Ann");
        for (var i = 0; i < Count; i++)
        {
            await Shown(tab, i);
            switch (i % 5)
            {
                case 0:
                    await tab.Press("a");
                    break;
                case 1:
                    await tab.Press("e");
                    await Write(tab, $"Better {i}, with keys a e r f s u in it.");
                    if (i == 11)
                    {
                        await tab.Reload();
                        await Shown(tab, i);
                        await tab.Until("document.getElementById('caption').value.startsWith('Better 11')");
                        await tab.Press("e");
                    }

                    await tab.Press("Ctrl+Enter");
                    break;
                case 2:
                    await tab.Press("r");
                    break;
                case 3:
                    await Flag(tab);
                    if (i == 13)
                    {
                        await tab.Reload();
                        await Shown(tab, i);
                        await tab.Until("document.querySelectorAll('.word.flagged').length === 2");
                    }

                    await tab.Press("a");
                    break;
                default:
                    await tab.Press("s");
                    break;
            }

            if (i == 7)
            {
                // Taken back, and decided otherwise.
                await Shown(tab, 8);
                await tab.Press("u");
                await Shown(tab, 7);
                await tab.Press("a");
            }
        }

        await tab.Until("!document.getElementById('end').hidden");
        Assert.Contains("You skipped 4", await tab.Text("end-text"), StringComparison.Ordinal);
        await tab.Press("Enter");                                               // the button to take them up has the focus
        foreach (var i in new[] { 4, 9, 14, 19 })
        {
            await Shown(tab, i);
            await tab.Press("a");
        }

        await tab.Until("document.getElementById('end-title').textContent === 'All clips are reviewed.'");
        Assert.Equal("20 of 20, 20 by you", await tab.Text("count"));
        Assert.Empty(tab.Events);
        Assert.Equal(0, (await tab.Evaluate("Object.keys(localStorage).filter(key => /edit|outbox/.test(key)).length"))!.GetValue<int>());

        ReviewDecision[] decisions = [.. files.Reviews().Select(made => made.Decision)];
        Assert.Equal(Count, decisions.Length);
        Assert.All(decisions.Index(), made =>
        {
            var (index, decision) = made;
            var verdict = index == 7 ? ReviewVerdict.Accepted : (index % 5) switch
            {
                1 => ReviewVerdict.Edited,
                2 => ReviewVerdict.Rejected,
                3 => ReviewVerdict.Flagged,
                _ => ReviewVerdict.Accepted,
            };
            Assert.Equal((verdict, "Ann", ReviewedClips.Draft(index)), (decision.Verdict, decision.Reviewer, decision.Draft));
            Assert.Equal(
                verdict switch
                {
                    ReviewVerdict.Edited => $"Better {index}, with keys a e r f s u in it.",
                    ReviewVerdict.Accepted => decision.Draft,
                    _ => null,
                },
                decision.Caption);
            string[] flagged = verdict == ReviewVerdict.Flagged ? ["dog number"] : [];
            Assert.Equal(flagged, decision.Spans.Select(span => decision.Draft.Substring(span.Start, span.Length)));
            Assert.InRange(decision.Seconds, 0, 60);
        });
    }

    [SkippableFact]
    public async Task Two_reviewers_at_once_never_see_one_clip()
    {
        Browser.SkipWithout();
        const int Count = 12;
        await using var review = await RunningReview.Start(Options(files.Write(Count)));
        await using var browser = await Browser.Start();
        var tabs = new[] { await Begin(browser, review, "Ann"), await Begin(browser, review, "Bob") };
        HashSet<string> seen = [];
        for (var round = 0; round < Count / 2; round++)
        {
            var names = new string[tabs.Length];
            foreach (var (index, tab) in tabs.Index())
            {
                await tab.Until("!document.getElementById('work').hidden && !document.getElementById('accept').disabled");
                names[index] = await tab.Text("clip-name");
                Assert.True(seen.Add(names[index]), "a clip was shown twice");
            }

            await Task.WhenAll(tabs.Select(tab => tab.Press("a")));
            foreach (var (index, tab) in tabs.Index())
            {
                await tab.Until($"document.getElementById('clip-name').textContent !== '{names[index]}'"
                    + " || !document.getElementById('end').hidden");
            }
        }

        Assert.Equal(Count, files.Reviews().Count);
        Assert.Equal([6, 6], files.Reviews().CountBy(made => made.Decision.Reviewer).Select(person => person.Value));
        Assert.All(tabs, tab => Assert.Empty(tab.Events));
    }

    [SkippableFact]
    public async Task Markup_and_scripts_in_texts_and_names_are_shown_as_what_they_are()
    {
        Browser.SkipWithout();
        const string Attack = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><svg onload=alert(3)> \u202egnp.exe";
        files.Write(1, "<b onclick=alert(4)>.tar", (_, json) =>
        {
            foreach (var field in new[] { "caption", "title", "description", "category", "model_caption" })
            {
                json[field] = field + Attack;
            }

            json["frame_captions"] = new JsonArray(new JsonObject { ["index"] = Attack, ["caption"] = Attack });
            json["scores"] = new JsonObject { [Attack] = Attack };
        });
        await using var review = await RunningReview.Start(Options(files.Folder));
        await using var browser = await Browser.Start();
        var tab = await Begin(browser, review, "<img src=x onerror=alert(5)>");
        await tab.Until("!document.getElementById('work').hidden");
        await tab.Press("d");
        await tab.Until("document.querySelector('details').open");
        Assert.Equal($"caption{Attack}", await tab.Text("draft"));
        Assert.Contains($"title{Attack}", await tab.Text("sources"), StringComparison.Ordinal);
        Assert.Equal("<img src=x onerror=alert(5)>", await tab.Text("who"));
        Assert.Equal("<b onclick=alert(4)>.tar 00000", await tab.Text("clip-name"));
        Assert.False(await tab.Is("document.querySelector('#text img, #text script, #text svg, #text b, header img')"));

        // A script that came into the page all the same would be refused.
        await tab.Evaluate("""
            const script = document.createElement('script');
            script.textContent = 'window.hasRun = true';
            document.body.append(script);
            """);
        Assert.False(await tab.Is("window.hasRun"));
        Assert.DoesNotContain(tab.Events, happened => happened.Contains("Dialog", StringComparison.Ordinal));
        await tab.Press("a");
        await tab.Until("!document.getElementById('end').hidden");
        Assert.Equal("<img src=x onerror=alert(5)>", Assert.Single(files.Reviews()).Decision.Reviewer);
    }

    [SkippableFact]
    public async Task Nothing_is_lost_while_the_server_is_away()
    {
        Browser.SkipWithout();
        var options = Options(files.Write(2));
        await using var browser = await Browser.Start();
        BrowserTab tab;
        await using (var review = await RunningReview.Start(options))
        {
            tab = await Begin(browser, review, "Ann");
            await Shown(tab, 0);
            options = options with { Port = review.Page.Port };
        }

        await tab.Press("e");
        await Write(tab, "Kept.");
        await tab.Press("Ctrl+Enter");
        await tab.Until("document.getElementById('notice').textContent.includes('Your decision is kept in this browser')");
        await using var again = await RunningReview.Start(options);
        await Shown(tab, 1);
        Assert.Equal("Kept.", Assert.Single(files.Reviews()).Decision.Caption);
        Assert.Equal("", await tab.Text("notice"));
    }

    [SkippableFact]
    public async Task Whose_time_has_run_out_is_told_and_goes_on_when_ready()
    {
        Browser.SkipWithout();
        var clock = new SetClock();
        await using var review = await RunningReview.Start(
            Options(files.Write(3)) with { Lease = TimeSpan.FromSeconds(3) },
            clock: clock);
        await using var browser = await Browser.Start();
        var tab = await Begin(browser, review, "Ann");
        await Shown(tab, 0);
        await tab.Press("e");
        await Write(tab, "Half a cap");
        await Task.Delay(TimeSpan.FromSeconds(2));                              // the page has renewed its lease for what was typed
        clock.Add(TimeSpan.FromMinutes(1));
        var taken = await review.Ask("/api/take", new { client = "b", reviewer = "Bob" });
        Assert.Equal("clips.tar 00000", taken["clip"]!["name"]!.GetValue<string>());
        await tab.Press("ArrowLeft");
        await tab.Until("document.getElementById('notice').textContent.includes('another reviewer has it now')");
        Assert.EndsWith(ReviewedClips.Key(0), await tab.Text("clip-name"), StringComparison.Ordinal);
        Assert.Equal("Half a cap", (await tab.Evaluate("document.getElementById('caption').value"))!.GetValue<string>());
        Assert.True(await tab.Is("document.getElementById('caption').readOnly"));
        Assert.True(await tab.Is("['accept', 'edit', 'reject', 'flag', 'skip', 'undo'].every(id => document.getElementById(id).disabled)"));
        await tab.Press("Ctrl+Enter");
        await tab.Press("Escape");
        foreach (var key in new[] { "a", "r", "s", "u" })
        {
            await tab.Press(key);
        }

        Assert.EndsWith(ReviewedClips.Key(0), await tab.Text("clip-name"), StringComparison.Ordinal);
        await tab.Press("n");
        await Shown(tab, 1);
        Assert.Equal("", await tab.Text("notice"));
        Assert.True(await tab.Is("Object.keys(localStorage).some(key => /edit/.test(key) && /Half a cap/.test(localStorage[key]))"));
        Assert.Empty(files.Reviews());
    }

    [SkippableFact]
    public async Task A_decision_on_a_clip_of_other_shards_waits_until_they_are_reviewed_again()
    {
        Browser.SkipWithout();
        var options = Options(files.Write(1));
        var others = Options(files.Write(2, "others.tar"));
        await using var browser = await Browser.Start();
        BrowserTab tab;
        await using (var review = await RunningReview.Start(options))
        {
            tab = await Begin(browser, review, "Ann");
            await Shown(tab, 0);
            (options, others) = (options with { Port = review.Page.Port }, others with { Port = review.Page.Port });
        }

        await tab.Press("a");
        await tab.Until("document.getElementById('notice').textContent.includes('kept in this browser')");
        await using (var review = await RunningReview.Start(others))
        {
            await tab.Reload();
            await tab.Until("document.getElementById('notice').textContent.startsWith('1 decision on clips that are not reviewed here')");
            await tab.Until("document.getElementById('clip-name').textContent.startsWith('others.tar')");
            Assert.Empty(files.Reviews());
        }

        await using var again = await RunningReview.Start(options);
        await tab.Reload();
        await tab.Until("!document.getElementById('end').hidden");
        Assert.Equal(ReviewVerdict.Accepted, Assert.Single(files.Reviews()).Decision.Verdict);
        Assert.False(await tab.Is("Object.keys(localStorage).some(key => /outbox/.test(key))"));
    }

    [SkippableFact]
    public async Task Clips_play_and_those_that_browsers_do_not_play_are_rows_of_frames()
    {
        Browser.SkipWithout();
        GeneratedClip.SkipWithoutFFmpeg();
        DecodedImage[] pictures =
            [.. Enumerable.Range(0, 20).Select(index => new Canvas(64, 48, ((byte)(10 * index), 90, 90)).ToImage())];
        Skip.If(
            Record.Exception(() => Mp4Writer.Write(files.At("film.mp4"), pictures, 10)) is UserErrorException,
            "ffmpeg has no encoder of H.264");
        files.Write(2, clip: index => index == 0
            ? ("mp4", File.ReadAllBytes(files.At("film.mp4")))
            : ("mov", QuickTimeFile.Encode(pictures, 10)));
        await using var review = await RunningReview.Start(Options(files.At("clips.tar")));
        await using var browser = await Browser.Start();
        var tab = await Begin(browser, review, "Ann");
        await Shown(tab, 0);
        await tab.Until("document.querySelector('#media video')?.videoWidth === 64");
        await tab.Until("document.querySelector('#media video').currentTime > 0.2");
        await tab.Press(" ");
        await tab.Until("document.querySelector('#media video').paused");
        await tab.Press("a");
        await Shown(tab, 1);
        await tab.Until("document.querySelectorAll('#media img').length === 9");
        await tab.Until("[...document.querySelectorAll('#media img')].every(picture => picture.naturalWidth === 64)");
        Assert.DoesNotContain(tab.Events, happened => happened.Contains("exceptionThrown", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task The_page_fits_a_phone_and_is_worked_by_taps()
    {
        Browser.SkipWithout();
        files.Write(2, change: (_, json) => json["title"] = new string('x', 400));
        await using var review = await RunningReview.Start(Options(files.At("clips.tar")));
        await using var browser = await Browser.Start();
        var tab = await Begin(browser, review, "Ann", width: 360, height: 740, isPhone: true);
        await Shown(tab, 0);
        await tab.Press("d");
        await Tap(tab, "#flag");
        await Tap(tab, ".word:nth-of-type(2)");
        await tab.Until("document.querySelectorAll('.word.flagged').length === 1");
        await Tap(tab, "#edit");
        await tab.Until("document.activeElement.id === 'caption'");
        Assert.InRange((await tab.Evaluate("document.documentElement.scrollWidth"))!.GetValue<int>(), 300, 360);
        Assert.True(await tab.Is("document.getElementById('undo').getBoundingClientRect().bottom <= innerHeight"));
        await Tap(tab, "#accept");
        await Shown(tab, 1);
        Assert.Equal(ReviewVerdict.Flagged, Assert.Single(files.Reviews()).Decision.Verdict);
    }

    private static async Task<BrowserTab> Begin(
        Browser browser,
        RunningReview review,
        string name,
        int width = 1280,
        int height = 800,
        bool isPhone = false)
    {
        var tab = await browser.Open(width, height, isPhone);
        await tab.Go(review.Page);
        await tab.Until("document.activeElement?.id === 'name'");
        await tab.Type(name);
        await tab.Press("Enter");
        return tab;
    }

    private static Task Shown(BrowserTab tab, int index) => tab.Until(
        $"document.getElementById('clip-name').textContent.endsWith(' {ReviewedClips.Key(index)}')"
        + " && !document.getElementById('work').hidden && !document.getElementById('accept').disabled");

    /// <summary>Replaces what stands in the field of the caption.</summary>
    private static async Task Write(BrowserTab tab, string text)
    {
        await tab.Until("document.activeElement.id === 'caption'");
        await tab.Evaluate("document.activeElement.select()");
        await tab.Type(text);
    }

    /// <summary>Flags the second and third word by the arrow keys.</summary>
    private static async Task Flag(BrowserTab tab)
    {
        foreach (var key in new[] { "f", "ArrowRight", "Shift+ArrowRight", "Enter", "Escape" })
        {
            await tab.Press(key);
        }

        await tab.Until("document.querySelectorAll('.word.flagged').length === 2");
    }

    private static async Task Tap(BrowserTab tab, string selector)
    {
        var place = (await tab.Evaluate($$"""
            (() => {
              const node = document.querySelector('{{selector}}');
              node.scrollIntoView({ block: 'center' });
              const box = node.getBoundingClientRect();
              return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            })()
            """))!.AsObject();
        foreach (var type in new[] { "mousePressed", "mouseReleased" })
        {
            await tab.Send("Input.dispatchMouseEvent", new JsonObject
            {
                ["type"] = type,
                ["x"] = place["x"]!.DeepClone(),
                ["y"] = place["y"]!.DeepClone(),
                ["button"] = "left",
                ["clickCount"] = 1,
            });
        }
    }

    private ReviewServerOptions Options(string shards) => RunningReview.Options(shards, files.State);
}
