namespace PerceptionEncoder.Cli.Tests;

/// <summary>Training on several ranks: the numbers of one, and what happens when a rank fails.</summary>
public sealed class DistributedTests(TinyRun run) : IClassFixture<TinyRun>
{
    private const double Tolerance = 1e-5;
    private const string LongRun = "stages[1].steps=100000";

    [SkippableFact]
    public void Ranks_train_to_the_numbers_of_one_process_and_resume_each_others_checkpoints()
    {
        // Two sources, accumulated micro-batches, tiles, masks and a moving average; all 40 steps.
        var config = WriteConfig("alone");
        Succeed(PeProcess.Run("pretrain", "--config", config));
        Succeed(MpiPe.Run(2, "pretrain", "--config", config, "--set", "run.name=two"));
        Succeed(MpiPe.Run(2, "pretrain", "--config", config, "--set", "run.name=again"));
        AssertClose("alone", "two");
        Assert.Equal(run.FinalTensors("two"), run.FinalTensors("again"));

        // Four ranks go on from what two have saved, and one from what four have; each with its part of the optimiser's state.
        string[] passed = ["pretrain", "--config", config, "--set", "run.name=passed", "--set", "checkpoint.keep=99"];
        string[] sharded = ["--set", "distributed.shard_optimizer=true", "--set", "distributed.bucket_bytes=20000"];
        Succeed(MpiPe.Run(2, [.. passed, .. sharded]));
        AssertClose("alone", "passed");
        GoBackTo("passed", "step-000012");
        Succeed(MpiPe.Run(4, [.. passed, .. sharded, "--resume"]));
        AssertClose("alone", "passed");
        GoBackTo("passed", "step-000024");
        Succeed(PeProcess.Run([.. passed, "--resume"]));
        AssertClose("alone", "passed");
    }

    [SkippableFact]
    public void A_rank_that_is_killed_ends_the_job_with_one_message_and_an_intact_checkpoint()
    {
        var config = WriteConfig("killed");
        using var job = MpiPe.Start(2, "pretrain", "--config", config, "--set", LongRun, "--set", "distributed.timeout=10s");
        AwaitCheckpoint(job, "killed");
        job.Signal("KILL", rank: 1);
        var (code, output, error) = job.Wait();
        Assert.NotEqual(0, code);
        AssertNames(output + error, "has died");
        string[] shorter = ["--allow-changes", "--set", $"stages[1].steps={StepsOf("killed")}"];
        Succeed(MpiPe.Run(2, ["pretrain", "--config", config, "--resume", .. shorter]));
    }

    [SkippableFact]
    public void A_rank_that_hangs_ends_the_job_within_the_timeout()
    {
        var config = WriteConfig("hung");
        using var job = MpiPe.Start(2, "pretrain", "--config", config, "--set", LongRun, "--set", "distributed.timeout=10s");
        AwaitCheckpoint(job, "hung");
        var before = MpiPe.ProcessesWith("OMPI_COMM_WORLD_RANK=1");
        job.Signal("STOP", rank: 1);
        var (code, output, error) = job.Wait();
        Assert.Equal(2, code);
        AssertNames(output + error, "has not answered");
        Assert.DoesNotContain(MpiPe.ProcessesWith("OMPI_COMM_WORLD_RANK=1"), before.Contains);
    }

    [SkippableFact]
    public void A_signal_to_one_rank_stops_all_at_one_step_and_the_same_command_goes_on_to_the_same_numbers()
    {
        var config = WriteConfig("preempted");
        Succeed(MpiPe.Run(2, "pretrain", "--config", config, "--set", "run.name=whole"));
        using (var job = MpiPe.Start(2, "pretrain", "--config", config))
        {
            AwaitCheckpoint(job, "preempted");
            job.Signal("TERM", rank: 1);
            var (code, output, error) = job.Wait();
            Assert.True(code == 143, $"{code}\n{output}\n{error}");
            Assert.Contains("Stopped on request after step", output);
        }

        Succeed(MpiPe.Run(2, "pretrain", "--config", config, "--resume"));
        Assert.Equal(run.FinalTensors("whole"), run.FinalTensors("preempted"));
        Assert.Equal(run.Losses("whole"), run.Losses("preempted"));
    }

    [SkippableFact]
    public void What_fails_on_all_ranks_is_said_once()
    {
        var config = WriteConfig("refused");
        var (code, output, error) = MpiPe.Run(3, "pretrain", "--config", config);
        Assert.Equal(2, code);
        Assert.Single(Lines(output + error), line => line.StartsWith("pe: ", StringComparison.Ordinal));
        Assert.Contains("stages[0].batch: 32 samples cannot be dealt evenly to 3 ranks", error);

        (code, _, error) = MpiPe.Run(2, "pretrain", "--config", config, "--set", "data.train[0].shards=/nowhere/{0..3}.tar");
        Assert.Equal(2, code);
        Assert.Single(Lines(error), line => line.StartsWith("pe: ", StringComparison.Ordinal));
        Assert.Contains("/nowhere/0.tar does not exist", error);
    }

    [SkippableFact]
    public void Two_jobs_in_one_folder_are_one_too_many()
    {
        var config = WriteConfig("shared");
        using var job = MpiPe.Start(2, "pretrain", "--config", config, "--set", LongRun);
        AwaitCheckpoint(job, "shared");
        var (code, _, error) = MpiPe.Run(2, "pretrain", "--config", config, "--set", LongRun, "--resume");
        Assert.Equal(2, code);
        Assert.Contains("another process is training into this run folder", error);
    }

    [Theory]
    [InlineData("RANK=1", "WORLD_SIZE is missing. Found RANK=1")]
    [InlineData("OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=2", "must be from 0 to below OMPI_COMM_WORLD_SIZE")]
    [InlineData("RANK=0 WORLD_SIZE=2", "has started 2 ranks, which MPI does not know")]
    [InlineData("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 PE_MPI_LIBRARY=libnone.so", "none of libnone.so can be loaded")]
    public void A_wrong_environment_is_one_line(string variables, string message)
    {
        var config = WriteConfig("alone");
        using var pe = PeProcess.StartFrom($"{variables} exec \"$@\"", "pretrain", "--config", config, "--set", "run.name=never");
        var (code, _, error) = pe.Wait();
        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(Lines(error)));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void Succeed((int ExitCode, string Output, string Error) end) => Assert.True(end.ExitCode == 0, end.Output + end.Error);

    private string WriteConfig(string name)
    {
        var path = run.WriteConfig(name);
        var text = File.ReadAllText(path)
            .Replace("micro_batch: 16", "micro_batch: 4", StringComparison.Ordinal)
            .Replace("drop_path: 0.2, ", "", StringComparison.Ordinal)             // draws by micro-batch
            .Replace("layer_decay: 0.9", "layer_decay: 0.9, eps: 1e-3", StringComparison.Ordinal)
            .Replace("shards: \"", "weight: 2, shards: \"", StringComparison.Ordinal)
            .Replace(".tar\"}]", $".tar\"}}, {{shards: \"{run.Scenes}/train\"}}]", StringComparison.Ordinal);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>As if the run had ended with that checkpoint.</summary>
    private void GoBackTo(string name, string checkpoint)
    {
        var checkpoints = Path.Combine(run.Folder, name, "checkpoints");
        File.WriteAllText(Path.Combine(checkpoints, "latest"), checkpoint + "\n");
        foreach (var later in Directory.GetDirectories(checkpoints)
            .Where(path => string.CompareOrdinal(Path.GetFileName(path), checkpoint) > 0))
        {
            Directory.Delete(later, recursive: true);
        }
    }

    private void AwaitCheckpoint(MpiPe job, string name)
    {
        var latest = Path.Combine(run.Folder, name, "checkpoints", "latest");
        while (!File.Exists(latest))
        {
            Assert.False(job.HasExited, job.HasExited ? job.Wait().ToString() : "");
            Thread.Sleep(50);
        }
    }

    private long StepsOf(string name)
        => long.Parse(File.ReadAllText(Path.Combine(run.Folder, name, "checkpoints", "latest")).Trim()["step-".Length..]);

    private static void AssertNames(string output, string what)
    {
        var messages = Lines(output).Where(line => line.StartsWith("pe: ", StringComparison.Ordinal)).ToArray();
        Assert.True(messages.Length == 1, output);
        var message = messages[0];
        Assert.Contains($"rank 1 (host {Environment.MachineName}, process ", message);
        Assert.Contains(what, message);
        Assert.Matches("in step [0-9]+; the last collective was (all-reduce|all-gather|reduce-scatter|barrier|broadcast)", message);
    }

    private void AssertClose(string expected, string found)
    {
        var (one, other) = (run.Losses(expected), run.Losses(found));
        Assert.Equal(one.Keys, other.Keys);
        Assert.All(one, step => Assert.Equal(step.Value, other[step.Key], Tolerance * step.Value));
        foreach (var (first, second) in run.FinalTensors(expected).Zip(run.FinalTensors(found)).Take(2))
        {
            var (a, b) = (Floats(first), Floats(second));
            var difference = Math.Sqrt(a.Zip(b).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2)));
            Assert.True(difference <= Tolerance * Math.Sqrt(a.Sum(value => (double)value * value)), $"{found}: {difference}");
        }
    }

    /// <summary>All numbers of a safetensors file, one behind the other.</summary>
    private static float[] Floats(byte[] file)
    {
        var start = 8 + (int)BitConverter.ToInt64(file);
        var values = new float[(file.Length - start) / sizeof(float)];
        Buffer.BlockCopy(file, start, values, 0, values.Length * sizeof(float));
        return values;
    }
}
