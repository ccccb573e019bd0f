using System.Diagnostics;
using System.Net.Sockets;

namespace PerceptionEncoder.Distributed;

/// <summary>The watch of any rank but the first: it reports to that one, and ends when that one says so or is gone.</summary>
internal sealed class MemberWatch : RankWatch
{
    private readonly WatchLine line;
    private readonly RankIdentity first;
    private long heard = Stopwatch.GetTimestamp();
    private bool hasLeft;

    private MemberWatch(int rank, WatchLine line, WatchMessage welcome, TimeSpan timeout)
        : base(RankIdentity.Of(rank), timeout)
        => (this.line, first, Welcome) = (line, welcome.From!, welcome.Text ?? "");

    /// <summary>What the first rank has handed to all.</summary>
    public string Welcome { get; }

    /// <summary>Connects to the first rank, which may still be starting.</summary>
    /// <param name="rank">Of this process.</param>
    /// <param name="hosts">Names or addresses of the first rank's machine, any of which may be the one that can be reached.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="job">What lets this process in.</param>
    /// <param name="timeout">For the connection, and afterwards for signs of life.</param>
    /// <exception cref="UserErrorException">It cannot be reached.</exception>
    public static MemberWatch Join(int rank, IReadOnlyList<string> hosts, int port, string job, TimeSpan timeout)
    {
        var waited = Stopwatch.StartNew();
        string problem;
        do
        {
            problem = "it does not know this job";
            foreach (var host in hosts)
            {
                try
                {
                    var line = new WatchLine(Connect(host, port));
                    if (line.Send(new WatchMessage { Kind = WatchKind.Hello, From = RankIdentity.Of(rank), Job = job })
                        && line.Receive() is { Kind: WatchKind.Welcome, From: not null } welcome)
                    {
                        var watch = new MemberWatch(rank, line, welcome, timeout);
                        new Thread(watch.Listen) { IsBackground = true, Name = "rank watch: line" }.Start();
                        watch.Start();
                        return watch;
                    }

                    line.Dispose();
                }
                catch (Exception failure) when (failure is SocketException or TimeoutException)
                {
                    problem = failure.Message;
                }
            }

            Thread.Sleep(100);
        }
        while (waited.Elapsed < timeout);

        throw new UserErrorException(
            $"rank {rank} on {Environment.MachineName} cannot reach rank 0 at {string.Join(" or ", hosts)}, port {port}, "
            + $"for {timeout.TotalSeconds:0} s ({problem}). Check MASTER_ADDR, MASTER_PORT and the firewall between the hosts.");
    }

    /// <inheritdoc/>
    public override bool Report(IReadOnlyList<string> lines, int exitCode)
    {
        hasLeft = true;
        return line.Send(new WatchMessage { Kind = WatchKind.Failed, Text = string.Join('\n', lines), ExitCode = exitCode });
    }

    /// <inheritdoc/>
    protected override void Look(long now)
    {
        line.Send(new WatchMessage { Kind = WatchKind.Report, Report = Own });
        var silence = Stopwatch.GetElapsedTime(Volatile.Read(ref heard), now);
        if (silence > Limit)
        {
            EndWithoutFirst($"{first} has not answered for {silence.TotalSeconds:0} s");
        }
    }

    /// <inheritdoc/>
    protected override void ForgetSilence() => Volatile.Write(ref heard, Stopwatch.GetTimestamp());

    /// <inheritdoc/>
    protected override void Leave()
    {
        hasLeft = true;
        line.Send(new WatchMessage { Kind = WatchKind.Leaving });
        line.Dispose();
    }

    private void Listen()
    {
        while (line.Receive() is { } message)
        {
            Volatile.Write(ref heard, Stopwatch.GetTimestamp());
            switch (message.Kind)
            {
                case WatchKind.Failed:
                    Fail(message.Text!.Split('\n'), isReported: true, message.ExitCode);
                    return;
                case WatchKind.Leaving:
                    hasLeft = true;
                    return;
            }
        }

        if (!hasLeft)
        {
            EndWithoutFirst($"{first} has died");
        }
    }

    /// <summary>Rank 1 speaks where rank 0 cannot.</summary>
    private void EndWithoutFirst(string what)
    {
        var own = Own;
        Fail(
            [
                $"{what}; {Identity} is {(own.Step is { } step ? $"in step {step}" : "outside of training")}, and its last collective was "
                + $"{(own.Collective.Length > 0 ? own.Collective : "none")}. "
                + "The job ends; start the same command again with --resume to go on from the last checkpoint.",
            ],
            isReported: Identity.Rank != 1);
    }

    private static TcpClient Connect(string host, int port)
    {
        var client = new TcpClient();
        try
        {
            if (!client.ConnectAsync(host, port).Wait(TimeSpan.FromSeconds(5)))
            {
                throw new TimeoutException($"{host} does not answer");
            }

            return client;
        }
        catch (AggregateException failure) when (failure.InnerException is SocketException inner)
        {
            client.Dispose();
            throw inner;
        }
    }
}
