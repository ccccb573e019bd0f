using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PerceptionEncoder.Distributed;

/// <summary>The watch of rank 0, to which the others report: it sees who is late and decides that the job has failed.</summary>
internal sealed class FirstRankWatch : RankWatch
{
    private readonly int size;
    private readonly TcpListener listener;
    private readonly string job;
    private readonly Lock gate = new();
    private readonly Dictionary<int, Member> members = [];

    /// <summary>When each rank was first seen to hold up the others.</summary>
    private readonly Dictionary<int, (long Sequence, long Since)> late = [];

    private FirstRankWatch(int size, TcpListener listener, string job, string welcome, TimeSpan timeout)
        : base(RankIdentity.Of(0), timeout)
        => (this.size, this.listener, this.job, Welcome) = (size, listener, job, welcome);

    /// <summary>What it hands to all.</summary>
    public string Welcome { get; }

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Begins to listen; the others may come.</summary>
    /// <param name="size">Ranks, this one included.</param>
    /// <param name="port">To listen on; 0 for any.</param>
    /// <param name="job">What the others must know to be let in.</param>
    /// <param name="welcome">Handed to each.</param>
    /// <param name="timeout">A rank that is late by so much has failed.</param>
    /// <exception cref="UserErrorException">The port is taken.</exception>
    public static FirstRankWatch Listen(int size, int port, string job, string welcome, TimeSpan timeout)
    {
        var listener = TcpListener.Create(port);
        try
        {
            listener.Start(size);
        }
        catch (SocketException failure)
        {
            throw new UserErrorException(
                $"rank 0 cannot listen on port {port} of {Environment.MachineName} ({failure.Message}). Set MASTER_PORT to a free one.",
                failure);
        }

        var watch = new FirstRankWatch(size, listener, job, welcome, timeout);
        new Thread(watch.Accept) { IsBackground = true, Name = "rank watch: door" }.Start();
        watch.Start();
        return watch;
    }

    /// <summary>Waits until all ranks are here.</summary>
    /// <exception cref="UserErrorException">One does not come within <paramref name="patience"/>.</exception>
    public void AwaitAll(TimeSpan patience)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < patience)
        {
            lock (gate)
            {
                if (members.Count == size - 1)
                {
                    return;
                }
            }

            ThrowIfFailed();
            Thread.Sleep(5);
        }

        lock (gate)
        {
            var missing = Enumerable.Range(1, size - 1).Where(rank => !members.ContainsKey(rank)).ToArray();
            throw new UserErrorException($"{missing.Length} of {size} ranks did not come to {Environment.MachineName}:{Port} within "
                + $"{patience.TotalSeconds:0} s, rank {missing[0]} the first of them. See the launcher's output for why it did not start.");
        }
    }

    /// <inheritdoc/>
    public override bool Report(IReadOnlyList<string> lines, int exitCode)
    {
        Tell(new WatchMessage { Kind = WatchKind.Failed, Text = string.Join('\n', lines), ExitCode = exitCode });
        return false;
    }

    /// <inheritdoc/>
    protected override void Look(long now)
    {
        Tell(new WatchMessage { Kind = WatchKind.Alive });
        if (Failure is null && FindLate(now) is { } line)
        {
            End([line], exitCode: 2);
        }
    }

    /// <inheritdoc/>
    protected override void ForgetSilence()
    {
        late.Clear();
        lock (gate)
        {
            foreach (var member in members.Values)
            {
                member.Heard(null);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Leave()
    {
        Tell(new WatchMessage { Kind = WatchKind.Leaving });
        listener.Stop();
        lock (gate)
        {
            foreach (var member in members.Values)
            {
                member.Line.Dispose();
            }
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var line = new WatchLine(listener.AcceptTcpClient());
                new Thread(() => Serve(line)) { IsBackground = true, Name = "rank watch: member" }.Start();
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // This rank is through.
        }
    }

    private void Serve(WatchLine line)
    {
        if (line.Receive() is not { Kind: WatchKind.Hello, From: { } identity } hello || hello.Job != job)
        {
            line.Dispose();                                             // none of this job's
            return;
        }

        var member = new Member(identity, line);
        lock (gate)
        {
            members[identity.Rank] = member;
        }

        line.Send(new WatchMessage { Kind = WatchKind.Welcome, From = Identity, Text = Welcome });
        while (line.Receive() is { } message)
        {
            member.Heard(message.Report);
            switch (message.Kind)
            {
                case WatchKind.Failed:
                    member.HasLeft = true;
                    End([.. message.Text!.Split('\n').Select(text => $"{identity}: {text}")], message.ExitCode);
                    break;
                case WatchKind.Leaving:
                    member.HasLeft = true;
                    break;
            }
        }

        if (!member.HasLeft && !IsOver)
        {
            End([Died(member)], exitCode: 2);
        }
    }

    private void End(IReadOnlyList<string> lines, int exitCode)
    {
        Fail(lines, isReported: false, exitCode);
        Report(lines, exitCode);
    }

    private void Tell(WatchMessage message)
    {
        Member[] all;
        lock (gate)
        {
            all = [.. members.Values.Where(member => !member.HasLeft)];
        }

        Array.ForEach(all, member => member.Line.Send(message));
    }

    /// <summary>A rank that is not heard of, or that the others wait for in a collective.</summary>
    private string? FindLate(long now)
    {
        Member[] all;
        lock (gate)
        {
            all = [.. members.Values.Where(member => !member.HasLeft)];
        }

        if (all.FirstOrDefault(member => member.Silence(now) > Limit) is { } silent)
        {
            return $"{silent.Identity} has not answered for {silent.Silence(now).TotalSeconds:0} s, {Standing(silent.Report)}. {Advice}";
        }

        var reports = all.Select(member => (member.Identity, member.Report)).Append((Identity, Own)).ToArray();
        var furthest = reports.Max(entry => entry.Item2.Sequence);
        foreach (var (identity, report) in reports)
        {
            // Behind, and in no collective; or with all others in one that does not end.
            var isLate = report.Alone is null && (report.InCollective
                ? reports.All(entry => entry.Item2.InCollective)
                : report.Sequence < furthest);
            if (!isLate)
            {
                late.Remove(identity.Rank);
            }
            else if (!late.TryGetValue(identity.Rank, out var known) || known.Sequence != report.Sequence)
            {
                late[identity.Rank] = (report.Sequence, now);
            }
            else if (Stopwatch.GetElapsedTime(known.Since, now) is var time && time > Limit)
            {
                return report.InCollective
                    ? $"{identity} is stuck with all others for {time.TotalSeconds:0} s, {Standing(report)}. {Advice}"
                    : $"{identity} holds up the others for {time.TotalSeconds:0} s, {Standing(report)}. {Advice}";
            }
        }

        return null;
    }

    private string Died(Member member) => $"{member.Identity} has died, {Standing(member.Report)}. {Advice}";

    private const string Advice = "The job ends; start the same command again with --resume to go on from the last checkpoint.";

    /// <summary>What a rank has said last; of what it had no time to say, what this one is in.</summary>
    private string Standing(RankReport report)
    {
        var furthest = Own.Sequence > report.Sequence ? Own : report;
        return $"{(furthest.Step is { } step ? $"in step {step}" : "outside of training")}; "
            + (furthest.Collective.Length > 0 ? $"the last collective was {furthest.Collective}" : "there was no collective yet");
    }

    /// <summary>Another rank.</summary>
    private sealed class Member(RankIdentity identity, WatchLine line)
    {
        private long heard = Stopwatch.GetTimestamp();

        public RankIdentity Identity => identity;

        public WatchLine Line => line;

        public bool HasLeft { get; set; }

        public RankReport Report { get; private set; } = new();

        public TimeSpan Silence(long now) => Stopwatch.GetElapsedTime(Volatile.Read(ref heard), now);

        public void Heard(RankReport? report)
        {
            Volatile.Write(ref heard, Stopwatch.GetTimestamp());
            Report = report ?? Report;
        }
    }
}
