using System.Diagnostics;

namespace PerceptionEncoder.Cli.Tests;

/// <summary><c>pe encode</c> and <c>pe eval</c> by two processes that a real mpirun starts, where there is one.</summary>
public sealed class RankCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [SkippableTheory]
    [InlineData("mpirun.openmpi")]
    [InlineData("mpirun.mpich")]
    public void Two_processes_encode_and_measure_what_one_does(string mpirun)
    {
        RequireMpi(mpirun);
        Train();
        string[] model = ["--checkpoint", Path.Combine(tiny.Folder, "ranks"), "--device", "cpu"];
        string[] encode = ["encode", "images", $"{tiny.Scenes}/retrieval", .. model, "--batch", "7"];
        var (one, two) = (Path.Combine(tiny.Folder, "one.npy"), Path.Combine(tiny.Folder, $"{mpirun}.npy"));
        Assert.Equal(0, PeProcess.Run([.. encode, "--output", one]).ExitCode);
        var (code, output, error) = Ranks(mpirun, [.. encode, "--output", two]);
        Assert.True(code == 0, error);
        Assert.Single(output.TrimEnd().Split('\n'));
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
        Assert.Equal(File.ReadAllText($"{one}.keys.txt"), File.ReadAllText($"{two}.keys.txt"));

        foreach (var (kind, data) in new[] { ("zeroshot", "classification"), ("retrieval", "retrieval") })
        {
            string[] measure = ["eval", kind, "scenes", .. model, "--data", $"{tiny.Scenes}/{data}", "--batch", "16"];
            var (alone, shared) = (Path.Combine(tiny.Folder, $"{kind}-1.json"), Path.Combine(tiny.Folder, $"{kind}-2.json"));
            Assert.Equal(0, PeProcess.Run([.. measure, "--json", alone]).ExitCode);
            (code, output, error) = Ranks(mpirun, [.. measure, "--json", shared]);
            Assert.True(code == 0, error);
            Assert.Equal(Metrics(alone), Metrics(shared));
            Assert.Equal(2, output.Split("n = ").Length);       // one table
        }
    }

    [SkippableFact]
    public void What_one_process_cannot_do_is_said_once_and_ends_all()
    {
        RequireMpi("mpirun.openmpi");
        var (code, output, error) = Ranks(
            "mpirun.openmpi",
            ["encode", "images", "/nowhere", "--checkpoint", "/nowhere", "--output", Path.Combine(tiny.Folder, "none.npy")]);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Single(error.Split('\n'), line => line.StartsWith("pe: ", StringComparison.Ordinal));
    }

    private static string Metrics(string file)
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.GetProperty("metrics").GetRawText();
    }

    private void Train()
    {
        if (!Directory.Exists(Path.Combine(tiny.Folder, "ranks")))
        {
            var (code, _, error) = PeProcess.Run("pretrain", "--config", tiny.WriteConfig("ranks"));
            Assert.True(code == 0, error);
        }
    }

    private static void RequireMpi(string mpirun) => Skip.IfNot(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(path => File.Exists(Path.Combine(path, mpirun))),
        $"{mpirun} is not installed");

    private static (int Code, string Output, string Error) Ranks(string mpirun, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(mpirun, ["-n", "2", Repository.Pe, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        if (Environment.UserName == "root")
        {
            start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        }

        using var job = Process.Start(start)!;
        var (output, error) = (job.StandardOutput.ReadToEndAsync(), job.StandardError.ReadToEndAsync());
        if (!job.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            job.Kill(entireProcessTree: true);
            Assert.Fail($"{mpirun} did not end\n{output.Result}\n{error.Result}");
        }

        return (job.ExitCode, output.Result, error.Result);
    }
}
