using System.Text;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Everything a user can get wrong ends in one line that says what, where and what to do, and exit code 2.</summary>
public sealed class BadInputTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Theory]
    [InlineData("optimizer.learnin_rate=1", "learning_rate")]
    [InlineData("stages.0.batch=many", "expected a")]
    [InlineData("stages.0.resolution=4", "smaller than a patch")]
    [InlineData("stages.0.micro_batch=5", "must divide batch")]
    [InlineData("precision=fp8", "bf16")]
    [InlineData("data.train=[{shards: /nowhere/00000.tar}]", "/nowhere/00000.tar")]
    [InlineData("tokenizer.vocabulary=/nowhere/vocab", "/nowhere/vocab")]
    [InlineData("stages.0.batch=4096", "4096")]
    [InlineData("evaluation.sets=[{type: zeroshot, name: x, data: /nowhere}]", "/nowhere")]
    [InlineData("run.output=/proc/nowhere", "/proc/nowhere")]
    [InlineData("compute.device=cuda", "CUDA")]
    [InlineData("optimizer.learning_rate=1000", "last good checkpoint")]
    public void A_wrong_value_is_one_line(string setting, string expected)
    {
        var config = tiny.WriteConfig($"bad-{Math.Abs(setting.GetHashCode(StringComparison.Ordinal))}");
        var arguments = setting.StartsWith("stages.0.batch=4096", StringComparison.Ordinal)
            ? [setting, "stages.0.micro_batch=4096", "memory.loss_tile=4096"]
            : new[] { setting };
        AssertOneLine(
            PeProcess.Run(["pretrain", "--config", config, .. arguments.SelectMany(argument => new[] { "--set", argument })]),
            expected);
    }

    [Fact]
    public void A_missing_config_is_one_line()
        => AssertOneLine(PeProcess.Run("pretrain", "--config", "/nowhere.yaml"), "/nowhere.yaml");

    [Fact]
    public void A_finished_run_is_not_overwritten_without_resume()
    {
        var config = tiny.WriteConfig("finished");
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config).ExitCode);
        AssertOneLine(PeProcess.Run("pretrain", "--config", config), "--resume");
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config, "--resume").ExitCode);
        AssertOneLine(
            PeProcess.Run("pretrain", "--config", config, "--resume", "--set", "optimizer.learning_rate=0.5"),
            "optimizer.learning_rate: 0.002 -> 0.5");
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config, "--resume", "--set", "run.log_every=3").ExitCode);
    }

    [Fact]
    public void All_that_a_run_lacks_in_any_stage_is_told_at_once_before_anything_is_made()
    {
        var config = tiny.WriteConfig("lacking", "init: /nowhere/init");
        var (code, output, error) = PeProcess.Run(
            "pretrain", "--config", config, "--set", "data.train=[{shards: /nowhere/a.tar}]", "--set", "tokenizer.vocabulary=/nowhere/v",
            "--set", "evaluation.sets=[{type: zeroshot, name: x, data: /nowhere/s}]");
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.All(
            new[] { "/nowhere/init", "/nowhere/a.tar", "/nowhere/v", "/nowhere/s" },
            missing => Assert.Single(error.TrimEnd().Split('\n'), line => line.Contains(missing, StringComparison.Ordinal)));
        Assert.Equal(4, error.TrimEnd().Split('\n').Length);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder, "lacking")));
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_lists_what_differs()
    {
        var config = tiny.WriteConfig("narrow");
        Assert.Equal(0, PeProcess.Run("pretrain", "--config", config).ExitCode);
        var deeper = tiny.WriteConfig("deeper", $"init: {Path.Combine(tiny.Folder, "narrow")}");
        AssertOneLine(
            PeProcess.Run("pretrain", "--config", deeper, "--set", "model.vision.layers=3"),
            "missing visual.transformer.resblocks.2");
    }

    [Fact]
    public void Damaged_samples_are_named_and_skipped_and_too_many_of_them_stop_the_run()
    {
        var shard = Path.Combine(tiny.Folder, "damaged.tar");
        DamageEveryOtherImage(Path.Combine(tiny.Scenes, "train/00000.tar"), shard);
        var config = tiny.WriteConfig("damaged");
        var shards = $"data.train=[{{shards: {shard}}}]";

        AssertOneLine(PeProcess.Run("pretrain", "--config", config, "--set", shards), "bad_sample_limit", ignoreWarnings: true);

        var (code, output, error) = PeProcess.Run(
            "pretrain", "--config", tiny.WriteConfig("tolerant"), "--set", shards, "--set", "data.bad_sample_limit=1");
        Assert.True(code == 0, output + error);
        Assert.Contains(shard, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zero bytes", "")]
    [InlineData("text", "not a tar at all, but long enough to be looked at as if it were a header")]
    public void A_shard_without_samples_is_one_line(string name, string content)
    {
        var shard = Path.Combine(tiny.Folder, $"{name.Replace(' ', '-')}.tar");
        File.WriteAllText(shard, content);
        var config = tiny.WriteConfig("empty");
        AssertOneLine(
            PeProcess.Run("pretrain", "--config", config, "--set", $"data.train=[{{shards: {shard}}}]"),
            shard,
            ignoreWarnings: true);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("configs")]
    public void A_checkpoint_that_is_none_is_one_line(string checkpoint)
        => AssertOneLine(
            PeProcess.Run("eval", "zeroshot", "scenes", "--checkpoint", checkpoint, "--data", $"{tiny.Scenes}/classification"),
            checkpoint);

    [Fact]
    public void A_cut_weights_file_is_one_line()
    {
        var file = Path.Combine(tiny.Folder, "cut.safetensors");
        File.WriteAllBytes(file, Encoding.ASCII.GetBytes("12345678{}"));
        AssertOneLine(
            PeProcess.Run("eval", "zeroshot", "scenes", "--checkpoint", file, "--data", $"{tiny.Scenes}/classification"),
            "not a usable safetensors file");
    }

    [Fact]
    public void An_unknown_option_names_the_help()
    {
        var (code, _, error) = PeProcess.Run("pretrain", "--confg", "x");
        Assert.Equal(2, code);
        Assert.Contains("pe pretrain --help", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbose_shows_where_an_error_came_from()
    {
        var (code, _, error) = PeProcess.Run("pretrain", "--config", "/nowhere.yaml", "--verbose");
        Assert.Equal(2, code);
        Assert.Contains("   at PerceptionEncoder", error, StringComparison.Ordinal);
    }

    private static void AssertOneLine((int ExitCode, string Output, string Error) result, string expected, bool ignoreWarnings = false)
    {
        Assert.True(result.ExitCode == 2, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        var line = Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.StartsWith("pe: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.True(ignoreWarnings || !result.Output.Contains("Bad sample", StringComparison.Ordinal), result.Output);
    }

    /// <summary>Overwrites the middle of every second PNG in a tar.</summary>
    private static void DamageEveryOtherImage(string source, string target)
    {
        var bytes = File.ReadAllBytes(source);
        var signature = Encoding.Latin1.GetBytes("\u0089PNG");
        var found = 0;
        for (var at = bytes.AsSpan().IndexOf(signature); at >= 0;)
        {
            if (found++ % 2 == 0)
            {
                bytes.AsSpan(at, 4).Clear();
            }

            var next = bytes.AsSpan(at + 4).IndexOf(signature);
            at = next < 0 ? -1 : at + 4 + next;
        }

        File.WriteAllBytes(target, bytes);
    }
}
