namespace PerceptionEncoder.Cli.Tests;

/// <summary>What is seen before anything runs: the kind of a config, its files, and words that are nearly right.</summary>
public sealed class ConfigCheckTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static string Configs => Path.Combine(Repository.Root, "configs");

    [Theory]
    [InlineData("pretrain/demo.yaml", "pe pretrain")]
    [InlineData("ablation/l14-base.yaml", "pe pretrain")]
    [InlineData("distill/pe-core-l14.yaml", "pe distill")]
    [InlineData("finetune-video/clips.yaml", "pe finetune-video")]
    [InlineData("ablation/cifar10.yaml", "pe ablate")]
    [InlineData("eval/cifar10-layers.yaml", "pe eval layers")]
    public void The_command_that_a_config_is_for_is_found_out(string config, string command)
    {
        var (code, output, error) = PeProcess.Run("config", "check", Path.Combine(Configs, config));
        Assert.True(code == 0, error);
        Assert.EndsWith($"no problems found ({command})", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Fact]
    public void Problems_are_those_of_the_command_that_is_nearest()
    {
        var (code, _, error) = PeProcess.Run(
            "config", "check", Path.Combine(Configs, "distill/cifar10.yaml"), "--set", "teacher.logit_scael=3");
        Assert.Equal(2, code);
        Assert.Contains("did you mean 'logit_scale'?", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_looked_at_where_that_is_asked_for_and_before_a_plan()
    {
        var config = tiny.WriteConfig("checked");
        Assert.Equal(0, PeProcess.Run("config", "check", config, "--files").ExitCode);
        string[] missing = ["--set", "data.train[0].shards=/nowhere/{0..3}.tar"];
        var (code, _, error) = PeProcess.Run(["config", "check", config, "--files", .. missing]);
        Assert.Equal(2, code);
        Assert.StartsWith("pe: data.train[0]: shards '/nowhere/", error, StringComparison.Ordinal);
        Assert.Equal(0, PeProcess.Run(["config", "check", config, .. missing]).ExitCode);

        var (planned, plan, notes) = PeProcess.Run(["pretrain", "--config", config, "--plan", .. missing]);
        Assert.Equal(0, planned);
        Assert.Contains("in all:", plan, StringComparison.Ordinal);
        Assert.Contains("not ready: data.train[0]: shards '/nowhere/", notes, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder, "checked")));
    }

    [Fact]
    public void A_run_ends_with_what_was_written_and_a_command_that_uses_it()
    {
        var (code, output, error) = PeProcess.Run("pretrain", "--config", tiny.WriteConfig("ended"));
        Assert.True(code == 0, error);
        var lines = output.TrimEnd().Split('\n');
        Assert.Contains("report.html", lines[^2], StringComparison.Ordinal);
        var next = lines[^1].Split("Next: pe ")[1];
        Assert.Contains(Path.Combine(tiny.Folder, "ended"), next, StringComparison.Ordinal);
        var (nextCode, _, nextError) = PeProcess.Run([.. next.Split(' ')]);
        Assert.True(nextCode == 0, nextError);
    }

    [Theory]
    [InlineData("pretrian", "Did you mean 'pretrain'?")]
    [InlineData("eval zeroshoot", "Did you mean 'zeroshot'?")]
    [InlineData("pretrain --confg x.yaml", "Did you mean '--config'?")]
    [InlineData("encode images a.jpg --chekpoint x --output y.npy", "Did you mean '--checkpoint'?")]
    [InlineData("encode images a.jpg --checkpoint x --output y.npy --normalise", "Did you mean '--normalize'?")]
    public void A_word_that_is_nearly_right_is_answered_with_the_right_one(string command, string says)
    {
        var (code, _, error) = PeProcess.Run(command.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }
}
