using System.Collections.Concurrent;
using System.Diagnostics;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// One thread that makes all calls of an engine, in the order in which they were asked for: an engine may want one thread only, and while
/// it sums gradients the caller's thread goes on to the next.
/// </summary>
internal sealed class CollectiveThread : IDisposable
{
    private readonly BlockingCollection<Work> queue = [];
    private readonly Thread thread;

    public CollectiveThread()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "collectives" };
        thread.Start();
    }

    /// <summary>Is told what is under way, and tells when the job has failed; null where nobody watches yet.</summary>
    public RankWatch? Watch { get; set; }

    /// <summary>Whether the job has failed, so that a collective may never end.</summary>
    public bool IsBroken => Watch?.Failure is not null;

    /// <summary>Time that callers have waited for collectives, in all.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Does something on the thread, after all that was asked for before.</summary>
    /// <param name="name">Shown where it does not end.</param>
    /// <param name="call">Of the engine.</param>
    public IPendingCollective Begin(string name, Action call)
    {
        var work = new Work(this, name, call);
        queue.Add(work);
        return work;
    }

    /// <summary>The same, and waits.</summary>
    /// <exception cref="RankFailureException">The job has failed.</exception>
    public void Do(string name, Action call) => Begin(name, call).Wait();

    /// <summary>Ends the thread, once what it was given is done. One that is stuck in a failed job is left.</summary>
    public void Dispose()
    {
        queue.CompleteAdding();
        if (!IsBroken)
        {
            thread.Join();
            queue.Dispose();
        }
    }

    private void Run()
    {
        foreach (var work in queue.GetConsumingEnumerable())
        {
            Watch?.Begin(work.Name);
            work.Run();
            Watch?.End();
        }
    }

    private sealed class Work(CollectiveThread owner, string name, Action call) : IPendingCollective
    {
        private readonly TaskCompletionSource done = new();

        public string Name => name;

        public void Run()
        {
            try
            {
                call();
                done.SetResult();
            }
#pragma warning disable CA1031 // thrown where it is waited for
            catch (Exception failure)
#pragma warning restore CA1031
            {
                done.SetException(failure);
            }
        }

        public void Wait()
        {
            var begin = Stopwatch.GetTimestamp();
            if (!done.Task.IsCompleted && owner.Watch is { } watch)
            {
                Task.WaitAny(done.Task, watch.Failed);
                if (!done.Task.IsCompleted)
                {
                    watch.ThrowIfFailed();
                }
            }

            done.Task.GetAwaiter().GetResult();
            owner.Waited += Stopwatch.GetElapsedTime(begin);
        }
    }
}
