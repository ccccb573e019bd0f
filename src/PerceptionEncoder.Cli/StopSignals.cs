using System.Diagnostics;
using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>
/// Ctrl-C and SIGTERM ask the command to save and stop. One that has saved and is still in a long computation, or waits for a file or a host, is ended then; a second
/// signal ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>From the signal on, so that everything is over within two seconds.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(1.6);

    /// <summary>What is left where saving took longer than that.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(0.2);

    private const string ShowCursor = "\e[?25h";

    private readonly CancellationTokenSource source = new();
    private readonly ManualResetEventSlim ended = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    public StopSignals()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, 130));
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, 143));
    }

    /// <summary>The signals of the running command.</summary>
    public static StopSignals Current { get; set; } = null!;

    /// <summary>Cancelled by the first signal. What is registered with it saves before it returns.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>128 plus the number of the signal that came.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        ended.Set();
        interrupt.Dispose();
        terminate.Dispose();
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        if (source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        ExitCode = exitCode;
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

            exitCode = CommandRunner.UserErrorCode;
        }

        var left = EndsWithin - signalled.Elapsed;
        if (!ended.Wait(left > Least ? left : Least))
        {
            if (!Console.IsOutputRedirected)
            {
                Console.Write(ShowCursor);
            }

            ProcessEnd.Now(exitCode);
        }
    }
}
