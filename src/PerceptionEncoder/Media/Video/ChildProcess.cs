using System.ComponentModel;
using System.Diagnostics;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Runs a program to its end, its output and complaints read at the same time so that neither pipe fills up. FFMpegCore's own runner gathers all
/// complaints in memory and stops a decoder by asking; here it is killed with its children on time-out, cancellation and failure.
/// </summary>
internal static class ChildProcess
{
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">The time is over; the program is dead.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program is dead.</exception>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static int Run(string program, IEnumerable<string> arguments, TimeSpan timeout, Action<Stream> readOutput, Action<string> readComplaint, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(timeout);
        using (stop.Token.Register(() => Kill(process)))
        {
            process.StandardInput.Close();
            var complaints = Task.Factory.StartNew(() => ReadLines(process.StandardError, readComplaint), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                readOutput(process.StandardOutput.BaseStream);
            }
            catch
            {
                Kill(process);
                throw;
            }
            finally
            {
                complaints.GetAwaiter().GetResult();
                process.WaitForExit();
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return !stop.IsCancellationRequested ? process.ExitCode : throw new TimeoutException();
    }

    /// <summary>Ends a process and its children. That one of them has just ended by itself, or was reaped, is what is wanted, not a fault: a timer that calls this has nobody to tell.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception or AggregateException)
        {
            // Gone.
        }
    }

    private static void ReadLines(StreamReader reader, Action<string> read)
    {
        while (reader.ReadLine() is { } line)
        {
            read(line);
        }
    }
}
