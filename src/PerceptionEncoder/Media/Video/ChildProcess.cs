using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Runs a program to its end, its output and complaints read at the same time so that neither pipe fills up. FFMpegCore's own runner
/// gathers all complaints in memory and stops a decoder by asking; here it is killed with its children on time-out, cancellation and
/// failure.
/// </summary>
internal static partial class ChildProcess
{
    private const int Killed = 9; // SIGKILL

    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">The time is over; the program is dead.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program is dead.</exception>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static int Run(
        string program,
        IEnumerable<string> arguments,
        TimeSpan timeout,
        Action<Stream> readOutput,
        Action<string> readComplaint,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(timeout);
        using (stop.Token.Register(() => Kill(process)))
        {
            process.StandardInput.Close();
            var complaints = Task.Factory.StartNew(
                () => ReadLines(process.StandardError, readComplaint),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
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

    /// <summary>
    /// Ends a process and its children. Never by .NET's killing of a tree, which first stops each process: where this one ends in between,
    /// as after Ctrl-C, the other stays stopped for ever. That one of them has just ended by itself, or was reaped, is what is wanted, not
    /// a fault: a timer that calls this has nobody to tell.
    /// </summary>
    public static void Kill(Process process)
    {
        try
        {
            // The parent first, so that it starts no others.
            int[] children = OperatingSystem.IsLinux() ? [.. Descendants(process.Id)] : [];
            process.Kill(entireProcessTree: !OperatingSystem.IsLinux());
            foreach (var child in children)
            {
                _ = kill(child, Killed);
            }
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception or AggregateException)
        {
            // Gone.
        }
    }

    private static IEnumerable<int> Descendants(int ancestor)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0).ToLookup(ParentOf);
        var found = new Queue<int>(children[ancestor]);
        while (found.TryDequeue(out var child))
        {
            yield return child;
            foreach (var grandchild in children[child])
            {
                found.Enqueue(grandchild);
            }
        }
    }

    /// <summary>0 where the process is gone.</summary>
    private static int ParentOf(int id)
    {
        try
        {
            // The state and the parent stand behind the name in parentheses, which may hold anything.
            var status = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static void ReadLines(StreamReader reader, Action<string> read)
    {
        while (reader.ReadLine() is { } line)
        {
            read(line);
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
