using System.Collections.Concurrent;
using System.Diagnostics;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>Many questions wait for few calls: what stops or delays calls is looked at when each begins.</summary>
public sealed class QueuedQuestionTests : IDisposable
{
    private const int Clips = 30;
    private const int CallsAtOnce = 3;

    private readonly ClipFolder folder = new(Clips);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void After_a_budget_is_used_no_more_calls_arrive_than_were_under_way()
    {
        using var endpoint = new ScriptedEndpoint(
            _ => ScriptedEndpoint.Says("A dog runs.", input: 900, output: 100) with { Delay = TimeSpan.FromMilliseconds(30) });
        var summary = folder.Engine(Queued(endpoint.Address) with { Budget = new BudgetOptions { Tokens = 10_000 } }).Run();
        Assert.StartsWith("budget.tokens: ", summary.Stopped, StringComparison.Ordinal);
        Assert.InRange(endpoint.Calls.Count, 10, 10 + CallsAtOnce);
    }

    [Fact]
    public void After_a_wrong_key_no_more_calls_arrive_than_were_under_way()
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Error(401, "no") with { Delay = TimeSpan.FromMilliseconds(30) });
        Assert.Contains("HTTP 401", folder.Engine(Queued(endpoint.Address)).Run().Stopped, StringComparison.Ordinal);
        Assert.InRange(endpoint.Calls.Count, 1, 1 + CallsAtOnce);
    }

    [Fact]
    public void After_a_rate_limit_no_call_goes_out_before_the_endpoint_may_be_asked_again()
    {
        var clock = Stopwatch.StartNew();
        var (arrivals, number) = (new ConcurrentQueue<double>(), 0);
        using var endpoint = new ScriptedEndpoint(_ =>
        {
            arrivals.Enqueue(clock.Elapsed.TotalSeconds);
            return Interlocked.Increment(ref number) == 1
                ? ScriptedEndpoint.Error(429, "slow down") with { RetryAfter = 2, Delay = TimeSpan.FromMilliseconds(300) }
                : ScriptedEndpoint.Says("A dog runs.") with { Delay = TimeSpan.FromMilliseconds(600) };
        });
        Assert.Equal(Clips, folder.Engine(Queued(endpoint.Address)).Run().Written);
        Assert.Equal(Clips + 1, arrivals.Count);
        var limited = arrivals.First() + 0.3;
        Assert.DoesNotContain(arrivals, time => time > limited + 0.5 && time < limited + 1.9);
    }

    private VideoEngineConfig Queued(string address)
    {
        var config = folder.Config(address);
        return config with
        {
            Captioners = new CaptionersOptions { Clip = config.Captioners.Clip! with { CallsAtOnce = CallsAtOnce } },
            ClipsAtOnce = Clips,
        };
    }
}
