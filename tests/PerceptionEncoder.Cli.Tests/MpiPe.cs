using System.Diagnostics;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>The built <c>pe</c> on several ranks of Open MPI, as a user starts it.</summary>
public sealed class MpiPe : IDisposable
{
    private readonly Process launcher;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private MpiPe(int ranks, IEnumerable<string> arguments)
    {
        Skip.If(Find("mpirun.openmpi") is null, "Open MPI is not on the PATH: apt-get install -y openmpi-bin.");
        var start = new ProcessStartInfo(
            Find("mpirun.openmpi")!,
            ["--oversubscribe", "--bind-to", "none", "-n", $"{ranks}", Repository.Pe, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        launcher = Process.Start(start)!;
        output = launcher.StandardOutput.ReadToEndAsync();
        error = launcher.StandardError.ReadToEndAsync();
    }

    public bool HasExited => launcher.HasExited;

    public static MpiPe Start(int ranks, params IEnumerable<string> arguments) => new(ranks, arguments);

    /// <summary>Runs it to the end.</summary>
    public static (int ExitCode, string Output, string Error) Run(int ranks, params IEnumerable<string> arguments)
    {
        using var pe = Start(ranks, arguments);
        return pe.Wait();
    }

    /// <summary>Sends a signal to one of the ranks.</summary>
    public void Signal(string name, int rank)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {ProcessOf(rank)}"]);
        kill.WaitForExit();
    }

    public (int ExitCode, string Output, string Error) Wait()
    {
        if (!launcher.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            launcher.Kill(entireProcessTree: true);
            Assert.Fail($"the ranks did not end within four minutes; so far they said:\n{output.Result}\n{error.Result}");
        }

        return (launcher.ExitCode, output.Result, error.Result);
    }

    /// <summary>Processes whose environment has all of some <c>NAME=value</c>.</summary>
    public static IReadOnlyList<int> ProcessesWith(params string[] variables)
        => [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var number) ? number : -1)
            .Where(number => number > 0 && variables.All(Environment(number).Contains))];

    public void Dispose()
    {
        if (!launcher.HasExited)
        {
            launcher.Kill(entireProcessTree: true);
        }

        launcher.Dispose();
    }

    private int ProcessOf(int rank)
        => ProcessesWith($"OMPI_COMM_WORLD_RANK={rank}").First(number => Parent(number) == launcher.Id);

    private static int Parent(int process)
        => int.Parse(File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    private static string[] Environment(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Split('\0');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Find(string command)
        => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, command))
            .FirstOrDefault(File.Exists);
}
