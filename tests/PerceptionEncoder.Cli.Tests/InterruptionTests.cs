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
            killed += KillWhen(
                config,
                () => Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, ".pe-incomplete-step*").Any())
                ? 1
                : 0;
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

        // No file may grow beyond 64 KB from here on: the next checkpoint fails in the middle, as on a full disk. (The runtime maps its own
        // code through a larger file unless told otherwise.)
        using (var pe = PeProcess.StartFrom(
            "trap '' XFSZ; ulimit -f 64; export DOTNET_EnableWriteXorExecute=0; \"$@\"",
            "pretrain",
            "--config",
            config,
            "--resume"))
        {
            var (code, _, error) = pe.Wait();
            Assert.Equal(2, code);
            Assert.Contains("cannot be written", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }

        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config, "--resume").ExitCode);
        AssertSameRun("roomy", "cramped");
    }

    [Theory]
    [InlineData("in-a-step", "Stage {Stage} of")]
    [InlineData("before-the-first", "")]
    public void After_the_first_signal_everything_ends_within_two_seconds(string name, string said)
    {
        // A step, and before the first one its measurement, of some seconds.
        string[] large =
            ["model.vision.width=512", "model.vision.layers=4", "stages.0.resolution=128", "stages.0.batch=16", "stages.0.micro_batch=16"];
        using var pe = PeProcess.Start(["pretrain", "--config", tiny.WriteConfig(name), "--set", .. large]);
        var log = Path.Combine(tiny.Folder, name, "log.jsonl");
        WaitUntil(pe, () => File.Exists(log) && ReadShared(log).Contains(said, StringComparison.Ordinal));
        Thread.Sleep(1000);
        Assert.False(pe.HasExited);

        var (code, output, error) = pe.EndInTwoSeconds("INT");
        Assert.True(code == 130, $"exit code {code}\n{output}\n{error}");
        Assert.True(said.Length == 0 || output.Contains("Stopped on request after step", StringComparison.Ordinal), output);
    }

    [SkippableFact]
    public void A_run_killed_between_stages_of_different_sources_and_large_samples_goes_on_to_the_same_numbers()
    {
        Skip.If(
            !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))),
            "ffmpeg is not installed");
        Train("images");
        var frames = Path.Combine(tiny.Folder, "frames.tar");
        AsClips(Path.Combine(tiny.Scenes, "train/00000.tar"), frames);
        var whole = Config("whole-mix");
        var (code, output, error) = PeProcess.Run("finetune-video", "--config", whole);
        Assert.True(code == 0, output + error);

        var parts = Config("parts-mix");
        foreach (var step in new[] { 3, 6 })
        {
            using var pe = PeProcess.Start("finetune-video", "--config", parts, "--resume");
            WaitUntil(pe, () => Reached("parts-mix", step));
            pe.Signal("KILL");
            pe.Wait();
        }

        (code, output, error) = PeProcess.Run("finetune-video", "--config", parts, "--resume");
        Assert.True(code == 0, output + error);
        Assert.Equal(tiny.Losses("whole-mix"), tiny.Losses("parts-mix"));

        // Windows of about ten samples of 1 kB, so that each stage leaves one half drawn, as samples above 27 kB do with the default of 1
        // GiB.
        string Config(string name) => Mixed(tiny.WriteConfig(name, $"init: {Path.Combine(tiny.Folder, "images")}\nframes: 1"), frames);
    }

    /// <summary>A pretraining config made one of video finetuning: images, both, clips, both.</summary>
    private string Mixed(string path, string frames)
    {
        var text = File.ReadAllLines(path).Where(line => !line.StartsWith("data:", StringComparison.Ordinal)
            && !line.StartsWith("regularization:", StringComparison.Ordinal)
            && !line.StartsWith("  - {resolution", StringComparison.Ordinal)
            && !line.StartsWith("evaluation:", StringComparison.Ordinal));
        File.WriteAllText(path, string.Join('\n', text).Replace("stages:", $$"""
            data: {shuffle_bytes: 40000, train: [{shards: "{{tiny.Scenes}}/train/00000.tar"}, {shards: {{frames}}, media: video}]}
            stages:
              - {resolution: 16, steps: 3, batch: 7, media: image, cooldown_rate: 1e-4}
              - {resolution: 16, steps: 3, batch: 7}
              - {resolution: 16, steps: 3, batch: 7, media: video}
              - {resolution: 16, steps: 3, batch: 7}
            """, StringComparison.Ordinal) + "\n");
        return path;
    }

    /// <summary>Images as clips of one stored frame.</summary>
    private static void AsClips(string source, string target)
    {
        using var reader = new System.Formats.Tar.TarReader(File.OpenRead(source));
        using var writer = new System.Formats.Tar.TarWriter(File.Create(target));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            entry.Name = entry.Name.Replace(".png", ".frame00.png", StringComparison.Ordinal);
            writer.WriteEntry(entry);
        }
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
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
        Assert.All(
            tiny.FinalTensors(expected).Zip(tiny.FinalTensors(actual)),
            pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second), "the weights, their average or the moments differ"));
    }
}
