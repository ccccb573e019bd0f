using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and the loss of the terminal (SIGHUP) ask the command to stop; a second Ctrl-C or SIGTERM ends the process at once. A command that saves
/// first has the time it needs; any other that has not stopped by itself in a moment, wherever it stands, is ended: its files are complete or absent.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int BrokenPipeCode = 141;
    private const int UserErrorCode = 2;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource source = new();
    private readonly StandardStreams streams;
    private readonly PosixSignalRegistration[] registrations;
    private int stopping;

    public StopSignals(StandardStreams streams)
    {
        this.streams = streams;
        streams.OnLost(Lost);
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = Stop(130)),
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

    /// <summary>Cancelled by the first signal, or where nothing can be printed any more.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>128 plus the number of the signal that came.</summary>
    public int ExitCode { get; private set; }

    /// <summary>The command works on where nobody reads what it prints, and saves what it has before it stops.</summary>
    public bool SavesFirst { get; set; }

    public void Dispose()
    {
        Array.ForEach(registrations, registration => registration.Dispose());
        source.Dispose();
    }

    private void Lost(StandardStream stream)
    {
        if (!SavesFirst)
        {
            Stop(stream.ReaderIsGone ? BrokenPipeCode : UserErrorCode);
        }
    }

    /// <summary>True for the first that asks.</summary>
    private bool Stop(int exitCode)
    {
        if (Interlocked.Exchange(ref stopping, 1) != 0)
        {
            return false;
        }

        ExitCode = exitCode;
        if (!SavesFirst)
        {
            new Thread(EndSoon) { IsBackground = true, Name = "end soon" }.Start();
        }

        source.Cancel();
        return true;
    }

    private void EndSoon()
    {
        Thread.Sleep(Grace);
        LinuxProcess.End(streams.Report(ExitCode, worksOn: false));
    }
}
