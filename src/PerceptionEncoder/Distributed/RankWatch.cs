using System.Diagnostics;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// Ranks' second line to each other, beside the engine's: a TCP connection of each to the first one, over which they say where they stand.
/// An engine waits for ever for a rank that has died or hangs; here that is seen, said once, and the job ends.
/// </summary>
internal abstract class RankWatch : IDisposable
{
    /// <summary>Left for a rank to end by itself, once the job has failed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim over = new();
    private readonly Thread ticker;
    private readonly TimeSpan interval;
    private RankReport own = new();

    protected RankWatch(RankIdentity identity, TimeSpan timeout)
    {
        Identity = identity;

        // What is seen late by an interval, and told, shall still come within the timeout.
        Limit = timeout * 0.8;
        interval = TimeSpan.FromSeconds(Math.Min(1, timeout.TotalSeconds / 10));
        ticker = new Thread(Tick) { IsBackground = true, Name = "rank watch" };
    }

    /// <summary>Called where the process has not ended by itself after the job has failed: it must.</summary>
    public Action<RankFailureException> LastResort { get; set; } = _ => { };

    /// <summary>Ends when the job has failed.</summary>
    public Task Failed => failed.Task;

    /// <summary>How the job has failed; null while it goes on.</summary>
    public RankFailureException? Failure { get; private set; }

    /// <summary>This process.</summary>
    protected RankIdentity Identity { get; }

    /// <summary>How long a rank may be late.</summary>
    protected TimeSpan Limit { get; }

    /// <summary>Whether this rank is through: what the others do is nothing to it any more.</summary>
    protected bool IsOver => over.IsSet;

    /// <summary>Where this rank stands.</summary>
    protected RankReport Own
    {
        get
        {
            lock (gate)
            {
                return own;
            }
        }
    }

    /// <summary>The step that this rank is in, from 1.</summary>
    public void AtStep(long step) => Change(report => report with { Step = step });

    /// <summary>Until the result is disposed, the others do not wait for this rank in vain, however long it takes.</summary>
    public IDisposable Alone(string what)
    {
        Change(report => report with { Alone = what });
        return new Together(this);
    }

    /// <summary>This rank begins a collective.</summary>
    public void Begin(string collective)
        => Change(report => report with { Sequence = report.Sequence + 1, Collective = collective, InCollective = true });

    /// <summary>It has ended.</summary>
    public void End() => Change(report => report with { InCollective = false });

    /// <summary>This rank has failed: tells the others, which end too.</summary>
    /// <param name="lines">What has happened.</param>
    /// <param name="exitCode">For all.</param>
    /// <returns>Whether another rank prints it.</returns>
    public abstract bool Report(IReadOnlyList<string> lines, int exitCode);

    /// <exception cref="RankFailureException">The job has failed.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>This rank is through, and says so.</summary>
    public void Dispose()
    {
        if (over.IsSet)
        {
            return;
        }

        over.Set();
        Leave();
        ticker.Join();
        GC.SuppressFinalize(this);
    }

    protected void Start() => ticker.Start();

    /// <summary>Sends this rank's report and looks for those that are late.</summary>
    /// <param name="now">
    /// Timestamp as of which they are: a process that is stopped while it looks would else find on waking that nobody has answered.
    /// </param>
    protected abstract void Look(long now);

    /// <summary>All ranks are taken to have been heard of just now.</summary>
    protected abstract void ForgetSilence();

    /// <summary>Says goodbye and closes the connections.</summary>
    protected abstract void Leave();

    /// <summary>Ends what waits here; only the first failure counts.</summary>
    protected void Fail(IReadOnlyList<string> lines, bool isReported, int exitCode = 2)
    {
        lock (gate)
        {
            if (Failure is not null || IsOver)
            {
                return;
            }

            Failure = new RankFailureException(lines, isReported, exitCode);
        }

        failed.SetResult();
    }

    private void Change(Func<RankReport, RankReport> change)
    {
        lock (gate)
        {
            own = change(own);
        }
    }

    private void Tick()
    {
        var sinceFailure = new Stopwatch();
        var last = Stopwatch.GetTimestamp();
        while (!over.Wait(interval))
        {
            // A process that was itself stopped has heard of nobody meanwhile, and has nobody to blame for that.
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(last, now) > Limit / 2)
            {
                ForgetSilence();
            }

            last = now;
            Look(now);
            if (Failure is { } failure)
            {
                sinceFailure.Start();
                if (sinceFailure.Elapsed > Grace)
                {
                    LastResort(failure);
                    return;
                }
            }
        }
    }

    private sealed class Together(RankWatch watch) : IDisposable
    {
        public void Dispose() => watch.Change(report => report with { Alone = null });
    }
}
