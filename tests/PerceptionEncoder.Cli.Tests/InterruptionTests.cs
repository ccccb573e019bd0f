namespace PerceptionEncoder.Cli.Tests;

/// <summary>Runs are really stopped and killed, then continued; the numbers must be those of a run never stopped, to the bit.</summary>
public sealed class InterruptionTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void A_run_killed_at_any_moment_resumes_to_the_same_losses_and_weights()
    {
        Train("whole");

        var config = tiny.WriteConfig("killed");
        var checkpoints = Path.Combine(tiny.Folder, "killed", "checkpoints");
        var killed = 0;

        // In the first steps, in the first stage, around the change of stage, late.
        foreach (var step in new[] { 2, 11, 20, 21, 33 })
        {
            killed += KillWhen(config, () => Reached("killed", step)) ? 1 : 0;
        }

        // While a checkpoint is being written: its temporary folder is there.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            killed += KillWhen(config, () => Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, ".pe-incomplete-step*").Any()) ? 1 : 0;
        }

        Assert.True(killed >= 5, $"only {killed} kills came before the run had ended");
        var (code, output, error) = PeProcess.Run("pretrain", "--config", config, "--resume");
        Assert.True(code == 0, output + error);
        AssertSameRun("whole", "killed");
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_saves_a_checkpoint_and_the_run_continues_to_the_same_numbers(string signal, int exitCode)
    {
        var name = $"stopped-{signal}";
        var whole = $"unstopped-{signal}";
        Train(whole);

        var config = tiny.WriteConfig(name);
        using (var pe = PeProcess.Start("pretrain", "--config", config))
        {
            WaitUntil(pe, () => Reached(name, 13));
            pe.Signal(signal);
            var (code, output, error) = pe.Wait();
            Assert.True(code == exitCode, $"exit code {code}\n{output}\n{error}");
            Assert.Contains("--resume", output, StringComparison.Ordinal);
        }

        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config, "--resume").ExitCode);
        AssertSameRun(whole, name);
    }

    [Fact]
    public void A_full_disk_during_a_checkpoint_is_one_line_and_leaves_earlier_checkpoints_usable()
    {
        Train("roomy");
        var config = tiny.WriteConfig("cramped");
        using (var pe = PeProcess.Start("pretrain", "--config", config))
        {
            WaitUntil(pe, () => Reached("cramped", 8));
            pe.Signal("INT");
            pe.Wait();
        }

        // No file may grow beyond 64 KB from here on: the next checkpoint fails in the middle, as on a full disk. (The runtime maps its own code through
        // a larger file unless told otherwise.)
        using (var pe = PeProcess.StartFrom("trap '' XFSZ; ulimit -f 64; export DOTNET_EnableWriteXorExecute=0; \"$@\"", "pretrain", "--config", config, "--resume"))
        {
            var (code, _, error) = pe.Wait();
            Assert.Equal(2, code);
            Assert.Contains("cannot be written", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }

        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config, "--resume").ExitCode);
        AssertSameRun("roomy", "cramped");
    }

    private void Train(string name)
    {
        var (code, output, error) = PeProcess.Run("pretrain", "--config", tiny.WriteConfig(name));
        Assert.True(code == 0, output + error);
    }

    /// <summary>Kills a resumed run when a condition holds; false where it ended before.</summary>
    private static bool KillWhen(string config, Func<bool> condition)
    {
        using var pe = PeProcess.Start("pretrain", "--config", config, "--resume");
        WaitUntil(pe, condition);
        var alive = !pe.HasExited;
        pe.Signal("KILL");
        var (code, output, error) = pe.Wait();
        Assert.True(code is 0 or 137, $"exit code {code}\n{output}\n{error}");
        return alive && code == 137;
    }

    private static void WaitUntil(PeProcess pe, Func<bool> condition)
    {
        while (!pe.HasExited && !condition())
        {
            Thread.Sleep(1);
        }
    }

    private bool Reached(string name, long step)
    {
        var path = Path.Combine(tiny.Folder, name, "metrics.jsonl");
        return File.Exists(path) && File.ReadAllText(path).Contains($"\"step\":{step},", StringComparison.Ordinal);
    }

    private void AssertSameRun(string expected, string actual)
    {
        Assert.Equal(tiny.Losses(expected), tiny.Losses(actual));
        Assert.All(tiny.FinalTensors(expected).Zip(tiny.FinalTensors(actual)), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second), "the weights, their average or the moments differ"));
    }
}
