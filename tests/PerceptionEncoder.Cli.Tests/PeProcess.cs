using System.Diagnostics;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>The built <c>pe</c>, run as a user does.</summary>
public sealed class PeProcess : IDisposable
{
    /// <summary>Of this test run alone, so that nothing is left in the user's own.</summary>
    private static readonly string Cache = Directory.CreateTempSubdirectory("pe-cache-").FullName;

    /// <summary>A signal that the parent ignores (nohup, a job in the background) is ignored by the child, unless told otherwise.</summary>
    private const string DefaultSignals = "--default-signal=INT,TERM,HUP,PIPE";

    private const double CalmSecondsToStart = 0.2;

    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    static PeProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Cache, recursive: true);

    private PeProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Repository.Root;
        start.Environment["PE_CACHE"] = Cache;
        process = Process.Start(start)!;
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => process.HasExited;

    public static PeProcess Start(params IEnumerable<string> arguments)
        => new(new ProcessStartInfo("env", [DefaultSignals, Repository.Pe, .. arguments]));

    /// <summary>Starts it from a shell line in which <c>"$@"</c> is the command.</summary>
    public static PeProcess StartFrom(string shellLine, params IEnumerable<string> arguments)
        => new(new ProcessStartInfo("env", [DefaultSignals, "bash", "-c", shellLine, "bash", Repository.Pe, .. arguments]));

    /// <summary>Runs it to the end.</summary>
    public static (int ExitCode, string Output, string Error) Run(params IEnumerable<string> arguments)
    {
        using var pe = Start(arguments);
        return pe.Wait();
    }

    /// <summary>Sends a signal by name, such as <c>KILL</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {process.Id}"]); // a bare machine has no other kill
        kill.WaitForExit();
    }

    /// <summary>
    /// Sends a signal, after which everything is over within two seconds; on a busy machine, within as many times longer as it takes to
    /// start a process longer than on a calm one.
    /// </summary>
    public (int ExitCode, string Output, string Error) EndInTwoSeconds(string signal)
    {
        var clock = Stopwatch.StartNew();
        Signal(signal);
        var end = Wait();
        var (taken, busy) = (clock.Elapsed.TotalSeconds, Math.Max(1, SecondsToStart() / CalmSecondsToStart));
        Assert.True(
            taken < 2 * busy,
            $"it took {taken:0.00} s to end, where all takes {busy:0.0} times longer than on a calm machine\n{end.Output}\n{end.Error}");
        return end;
    }

    public (int ExitCode, string Output, string Error) Wait()
    {
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"pe did not end within five minutes; so far it said:\n{output.Result}\n{error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    private static double SecondsToStart()
    {
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, Run("--version").ExitCode);
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
