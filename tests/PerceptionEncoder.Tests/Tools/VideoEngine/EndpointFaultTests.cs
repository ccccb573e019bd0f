using PerceptionEncoder.Configuration;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Prompts;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>What endpoints do wrong, by one in the test's own process: each is a named state of the clip or one line.</summary>
public sealed class EndpointFaultTests : IDisposable
{
    private readonly ClipFolder folder = new(4);

    public static TheoryData<string, int, string> Passing => new()
    {
        { "rate limit", 429, """{"error": {"message": "slow down"}}""" },
        { "rate limit", 429, """{"error": {"message": "Rate limit reached for model 'seeing-vision'"}}""" },
        { "HTTP 503", 503, "overloaded" },
        { "HTTP 500", 500, """{"error": {"message": "broken"}}""" },
        { "HTML in place of an answer", 200, "<!doctype html><title>Log in</title>" },
        { "response is not JSON", 200, "well, hello" },
        { "empty response", 200, "" },
        { "no chat answer", 200, """{"object": "error", "message": "no"}""" },
        { "over-long response", 200, "long" },
        { "refused question (HTTP 400)", 400, """{"error": {"message": "context too long"}}""" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Passing))]
    public void A_call_without_an_answer_is_named_and_made_again_by_the_next_run(string reason, int status, string body)
    {
        var isUp = false;
        body = body == "long" ? new string('x', 5 << 20) : body;
        using var endpoint = new ScriptedEndpoint(_ => isUp
            ? ScriptedEndpoint.Says("A dog runs.")
            : new ScriptedEndpoint.Reply(status, body) { RetryAfter = status == 429 ? 0 : null });
        var config = ClipsOnly(endpoint.Address);
        var summary = folder.Engine(config).Run();
        Assert.Null(summary.Stopped);
        Assert.Equal([(reason, 4L)], summary.Failed.Select(entry => (entry.Key, entry.Value)));
        Assert.Equal(status == 400 ? 4 : 8, endpoint.Calls.Count);   // what may pass was tried once more
        Assert.Equal(0, summary.Written);

        isUp = true;
        summary = folder.Engine(config).Run();
        Assert.Equal((4L, 4L), (summary.Captioned, summary.Written));
        Assert.Empty(summary.Failed);
    }

    [Fact]
    public void A_slow_endpoint_is_a_time_out_and_one_that_is_down_no_connection()
    {
        using var slow = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs.") with { Delay = TimeSpan.FromSeconds(30) });
        var config = ClipsOnly(slow.Address);
        config = config with { Captioners = new CaptionersOptions { Clip = config.Captioners.Clip! with { Timeout = 0.2, Retries = 0 } } };
        Assert.Equal(["time-out"], folder.Engine(config).Run().Failed.Keys);

        slow.Dispose();
        config = config with { Captioners = new CaptionersOptions { Clip = config.Captioners.Clip! with { Timeout = 20 } } };
        Assert.Equal(["no connection"], folder.Engine(config).Run().Failed.Keys);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public void Retry_after_is_obeyed(int status)
    {
        var calls = 0;
        using var endpoint = new ScriptedEndpoint(_ => Interlocked.Increment(ref calls) == 1
            ? ScriptedEndpoint.Error(status, "slow down") with { RetryAfter = 2 }
            : ScriptedEndpoint.Says("A dog runs."));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(4, folder.Engine(ClipsOnly(endpoint.Address)).Run().Written);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.9, 60);
        Assert.Equal(5, endpoint.Calls.Count);
    }

    [Fact]
    public void A_wrong_key_stops_at_once_and_is_told_without_the_key()
    {
        using var many = new ClipFolder(30);
        using var endpoint = new ScriptedEndpoint(
            call => ScriptedEndpoint.Error(401, $"Incorrect API key provided: {call.Authorization}"));
        var config = many.Config(endpoint.Address);
        var summary = many.Engine(config).Run();
        Assert.Contains($"refuses the key in {ClipFolder.KeyVariable} (HTTP 401)", summary.Stopped, StringComparison.Ordinal);
        Assert.DoesNotContain(ClipFolder.Key, summary.Stopped, StringComparison.Ordinal);
        Assert.InRange(endpoint.Calls.Count, 1, 8);
        Assert.Equal(0, summary.Calls);
        Assert.Equal($"key is ${{{ClipFolder.KeyVariable}}}", Secrets.Conceal($"key is {ClipFolder.Key}"));
        foreach (var file in Directory.GetFiles(many.Run, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(ClipFolder.Key, File.ReadAllText(file), StringComparison.Ordinal);
        }

        var unset = Assert.Throws<UserErrorException>(() => many.Engine(config, key: null).Run());
        Assert.Equal(
            $"captioners.frames.key_variable: the environment variable {ClipFolder.KeyVariable} is not set. Set it to the endpoint's key.",
            unset.Message);
    }

    [Theory]
    [InlineData(404, "The model `seeing` does not exist", "knows no model 'seeing'")]
    [InlineData(400, "Invalid content type. image_url is only supported by certain models.", "takes no pictures")]
    [InlineData(500, "image input is not supported", "takes no pictures")]
    public void A_model_that_is_not_there_or_sees_nothing_stops_with_one_line(int status, string says, string line)
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Error(status, says));
        var summary = folder.Engine(ClipsOnly(endpoint.Address)).Run();
        Assert.Contains(line, summary.Stopped, StringComparison.Ordinal);
        Assert.InRange(endpoint.Calls.Count, 1, 2);
    }

    [Fact]
    public void Many_failures_in_a_row_stop_the_run()
    {
        using var many = new ClipFolder(60);
        using var endpoint = new ScriptedEndpoint(_ => new ScriptedEndpoint.Reply(502, "bad gateway"));
        var config = many.Config(endpoint.Address);
        var summary = many.Engine(config with { Captioners = new CaptionersOptions { Clip = config.Captioners.Clip } }).Run();
        Assert.StartsWith(
            "captioners.clip: 8 calls in a row got no answer, the last for: HTTP 502",
            summary.Stopped,
            StringComparison.Ordinal);
        Assert.InRange(endpoint.Calls.Count, 16, 24);
    }

    [Fact]
    public void Questions_that_are_refused_stop_no_run_however_many()
    {
        using var many = new ClipFolder(20);
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Error(400, "not allowed here"));
        var config = many.Config(endpoint.Address);
        var summary = many.Engine(config with { Captioners = new CaptionersOptions { Clip = config.Captioners.Clip } }).Run();
        Assert.Null(summary.Stopped);
        Assert.Equal(20, endpoint.Calls.Count);
    }

    [Fact]
    public void A_proxy_that_shows_the_questions_own_key_brings_it_into_no_file()
    {
        using var endpoint = new ScriptedEndpoint(call => new ScriptedEndpoint.Reply(200, $"<html>{call.Authorization}</html>"));
        var summary = folder.Engine(folder.Config(endpoint.Address)).Run();
        Assert.Equal(["HTML in place of an answer"], summary.Failed.Keys);
        Assert.DoesNotContain(ClipFolder.Key, summary.Stopped ?? "", StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(folder.Run, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(ClipFolder.Key, File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Another_number_of_frames_is_taken_where_none_was_described_yet()
    {
        var isUp = false;
        using var endpoint = new ScriptedEndpoint(_ => isUp ? ScriptedEndpoint.Says("A dog runs.") : ScriptedEndpoint.Error(400, "no"));
        var config = folder.Config(endpoint.Address);
        Assert.Equal(0, folder.Engine(config).Run().Captioned);
        isUp = true;
        var summary = folder.Engine(config with { Frames = config.Frames with { Count = config.Frames.Count + 1 } }).Run();
        Assert.Empty(summary.Failed);
        Assert.Equal(4, summary.Captioned);
    }

    [Theory]
    [InlineData("", AnswerCheck.Empty)]
    [InlineData("I'm sorry, but I can't help with that.", AnswerCheck.Refusal)]
    [InlineData("Собака бежит по пляжу.", AnswerCheck.OtherScript)]
    public void An_answer_of_no_use_is_asked_for_once_more_then_given_up(string answer, string reason)
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says(answer));
        var config = ClipsOnly(endpoint.Address);
        var summary = folder.Engine(config).Run();
        Assert.Equal([(reason, 4L)], summary.GivenUp.Select(entry => (entry.Key, entry.Value)));
        Assert.Equal((8, 0L), (endpoint.Calls.Count, summary.Written));
        Assert.Equal(4, endpoint.Calls.Count(call => call.Text.Contains($"could not be used ({reason})", StringComparison.Ordinal)));
        folder.Engine(config).Run();
        Assert.Equal(8, endpoint.Calls.Count);
    }

    [Fact]
    public void An_answer_that_is_cut_off_is_over_long_and_a_better_second_one_is_taken()
    {
        using var endpoint = new ScriptedEndpoint(call => call.Text.Contains("could not be used", StringComparison.Ordinal)
            ? ScriptedEndpoint.Says("A dog runs.")
            : ScriptedEndpoint.Says("A dog runs and", finish: "length"));
        var summary = folder.Engine(ClipsOnly(endpoint.Address)).Run();
        Assert.Equal((8L, 4L), (summary.Calls, summary.Written));
        Assert.Empty(summary.GivenUp);
    }

    [Fact]
    public void A_budget_ends_the_run_and_more_of_it_goes_on()
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs.", input: 900, output: 100));
        var config = ClipsOnly(endpoint.Address) with { ClipsAtOnce = 1, Budget = new BudgetOptions { Tokens = 2000 } };
        var summary = folder.Engine(config).Run();
        Assert.Equal("budget.tokens: 2,000 of 2,000 are used. Raise it, and run again: what is finished stays.", summary.Stopped);
        Assert.Equal((2L, 2L), (summary.Calls, summary.Written));

        var priced = config.Captioners.Clip! with { InputPrice = 1000, OutputPrice = 1000 };
        config = config with { Captioners = new CaptionersOptions { Clip = priced }, Budget = new BudgetOptions { Money = 0.5 } };
        summary = folder.Engine(config).Run();
        Assert.Equal((3L, 1.0), (summary.Calls, summary.Cost));
        Assert.StartsWith("budget.money: 1 of 0.5 is spent", summary.Stopped, StringComparison.Ordinal);
        Assert.Equal(4, folder.Engine(config with { Budget = new BudgetOptions() }).Run().Written);
    }

    private VideoEngineConfig ClipsOnly(string address)
    {
        var config = folder.Config(address);
        return config with { Captioners = new CaptionersOptions { Clip = config.Captioners.Clip } };
    }
}
