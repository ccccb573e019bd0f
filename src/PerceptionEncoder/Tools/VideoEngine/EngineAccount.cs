using System.Diagnostics;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>What a run has done and spent so far. Safe to share between threads.</summary>
/// <param name="clips">Clips of the source.</param>
/// <param name="before">What earlier commands spent.</param>
/// <param name="budget">What may be spent.</param>
/// <param name="show">Told of every change; null for nobody.</param>
internal sealed class EngineAccount(long clips, EngineTotals before, BudgetOptions budget, Action<EngineProgress>? show)
{
    private readonly Lock gate = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly SortedDictionary<string, long> failures = new(StringComparer.Ordinal);
    private long tokens = before.InputTokens + before.OutputTokens;
    private double cost = before.Cost;
    private long done;
    private long worked;

    /// <summary>Why no call may begin; null where one may.</summary>
    public string? Exhausted()
    {
        lock (gate)
        {
            return budget.Exhausted(tokens, cost);
        }
    }

    /// <summary>Counts what an answer took.</summary>
    public void Spend(long ofTokens, double money)
    {
        lock (gate)
        {
            tokens += ofTokens;
            cost += money;
        }
    }

    /// <summary>Counts a failure, or an answer of no use.</summary>
    public void Fail(string reason)
    {
        lock (gate)
        {
            failures[reason] = failures.GetValueOrDefault(reason) + 1;
        }
    }

    /// <summary>Counts a clip that was finished by an earlier command.</summary>
    public void Pass()
    {
        lock (gate)
        {
            done++;
        }
    }

    /// <summary>Counts a clip that was worked on.</summary>
    public void Finish()
    {
        EngineProgress progress;
        lock (gate)
        {
            done++;
            worked++;
            var rate = worked / clock.Elapsed.TotalSeconds;
            progress = new EngineProgress(
                clips,
                done,
                rate,
                rate > 0 ? TimeSpan.FromSeconds(Math.Min((clips - done) / rate, TimeSpan.MaxValue.TotalSeconds / 2)) : null,
                tokens,
                cost,
                new SortedDictionary<string, long>(failures, StringComparer.Ordinal));
        }

        show?.Invoke(progress);
    }
}
