using System.Diagnostics;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>Starts <see cref="RankProgram"/> as ranks of a real MPI.</summary>
internal static class MpiRun
{
    /// <summary>Launchers by MPI. Debian names each after its MPI; elsewhere the only one is mpirun.</summary>
    public static IEnumerable<string> Launchers { get; } = ["mpirun.openmpi", "mpirun.mpich"];

    /// <summary>Runs it on some ranks; skips the test where the launcher is not there.</summary>
    public static (int ExitCode, string Output) Run(string launcher, int ranks, params string[] arguments)
    {
        Skip.If(Find(launcher) is null, $"{launcher} is not on the PATH: apt-get install -y openmpi-bin, or mpich.");
        string[] flags = launcher == "mpirun.openmpi" ? ["--oversubscribe", "--bind-to", "none"] : [];
        var start = new ProcessStartInfo(
            Find(launcher)!,
            [.. flags, "-n", $"{ranks}", "dotnet", typeof(RankProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Open MPI asks root twice.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"the ranks did not end within three minutes; so far they said:\n{output.Result}\n{error.Result}");
        }

        return (process.ExitCode, output.Result + error.Result);
    }

    private static string? Find(string command)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, command))
            .FirstOrDefault(File.Exists);
}
