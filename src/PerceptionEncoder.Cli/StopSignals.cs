using System.Diagnostics;
using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and the loss of the terminal (SIGHUP) ask the command to save and stop; a second Ctrl-C or SIGTERM ends the process at
/// once. A command that has saved, or has nothing to save, and has not stopped by itself in a moment, wherever it stands, is ended: its
/// files are complete or absent.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int BrokenPipeCode = 141;
    private const string ShowCursor = "\e[?25h";

    /// <summary>From the signal on, so that everything is over within two seconds.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(1.6);

    /// <summary>What is left where saving took longer than that.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(0.2);

    private readonly CancellationTokenSource source = new();
    private readonly ManualResetEventSlim ended = new();
    private readonly StandardStreams streams;
    private readonly PosixSignalRegistration[] registrations;
    private int stopping;

    public StopSignals(StandardStreams streams)
    {
        this.streams = streams;
        streams.OnLost(Lost);
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = Interrupted?.Invoke() == true || Stop(130)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = Stop(143)),

            // A closing terminal sends it twice, by the shell and by the system: only the first is news.
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                Stop(129);
            }),
        ];
    }

    /// <summary>The signals of the running command.</summary>
    public static StopSignals Current { get; set; } = null!;

    /// <summary>
    /// Cancelled by the first signal, or where nothing can be printed any more. What is registered with it saves before it returns.
    /// </summary>
    public CancellationToken Token => source.Token;

    /// <summary>128 plus the number of the signal that came.</summary>
    public int ExitCode { get; private set; }

    /// <summary>The command works on where nobody reads what it prints, and saves what it has before it stops.</summary>
    public bool SavesFirst { get; set; }

    /// <summary>The command ends with another process, which these signals reach too.</summary>
    public bool Ignored { get; set; }

    /// <summary>Asked first at a Ctrl-C; true where it ended something smaller than the command, as an answer of a chat.</summary>
    public Func<bool>? Interrupted { get; set; }

    public void Dispose()
    {
        ended.Set();
        Array.ForEach(registrations, registration => registration.Dispose());
    }

    private void Lost(StandardStream stream)
    {
        if (!SavesFirst)
        {
            Stop(stream.ReaderIsGone ? BrokenPipeCode : CommandRunner.UserErrorCode);
        }
    }

    /// <summary>True for the first that asks.</summary>
    private bool Stop(int exitCode)
    {
        if (Ignored)
        {
            return true;
        }

        if (Interlocked.Exchange(ref stopping, 1) != 0)
        {
            return false;
        }

        ExitCode = exitCode;
        new Thread(End) { IsBackground = true, Name = "end" }.Start();
        return true;
    }

    private void End()
    {
        var signalled = Stopwatch.StartNew();
        try
        {
            source.Cancel();
        }
        catch (AggregateException failures)
        {
            foreach (var failure in failures.Flatten().InnerExceptions)
            {
                Console.Error.WriteLine($"pe: {failure.Message.ReplaceLineEndings(" ")}");
            }

            ExitCode = CommandRunner.UserErrorCode;
        }

        var left = EndsWithin - signalled.Elapsed;
        if (!ended.Wait(left > Least ? left : Least))
        {
            if (!Console.IsOutputRedirected)
            {
                streams.Terminal.Write(ShowCursor);
            }

            LinuxProcess.End(streams.Report(ExitCode, worksOn: false));
        }
    }
}
