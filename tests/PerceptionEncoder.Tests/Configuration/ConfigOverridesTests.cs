namespace PerceptionEncoder.Tests.Configuration;

public sealed class ConfigOverridesTests : IDisposable
{
    private readonly ConfigFolder _folder = new ConfigFolder().With(ConfigFolder.Main, """
        model: small
        stages: [{resolution: 16, samples: 1k}, {resolution: 32, samples: 2k}]
        optimizer: {learning_rate: 0.1}
        """);

    [Theory]
    [InlineData("stages[1].resolution=24")]
    [InlineData("stages.1.resolution=24")]
    public void An_index_reaches_into_a_list(string text)
    {
        var stages = Load(text).Stages;

        Assert.Equal([(16, 1000), (24, 2000)], stages.Select(stage => (stage.Resolution, stage.Samples)));
    }

    [Fact]
    public void An_override_creates_the_sections_it_needs() => Assert.Equal(0.3, Load("mask.ratio=0.3").Mask!.Ratio);

    [Fact]
    public void An_override_adds_to_what_a_scalar_shorthand_says() =>
        Assert.Equal(new ExampleTower { Width = 192, Layers = 3, OutputDim = null }, Load("model.vision.layers=3").Model.Vision);

    [Fact]
    public void The_value_is_yaml()
    {
        var config = Load(
            "optimizer.betas=[0.8, 0.9]",
            "mask={ratio: 1/2}",
            "optimizer.clip=~",
            "name=a: b=c".Replace(": ", ":"),
            "seed=2k");

        Assert.Equal([0.8, 0.9], config.Optimizer.Betas);
        Assert.Equal(0.5, config.Mask!.Ratio);
        Assert.Null(config.Optimizer.Clip);
        Assert.Equal("a:b=c", config.Name);
        Assert.Equal(2000ul, config.Seed);
    }

    [Fact]
    public void The_last_override_wins_and_a_value_replaces_a_whole_section()
    {
        Assert.Equal(3ul, Load("seed=2", "seed=3").Seed);
        Assert.Equal(new ExampleOptimizer().LearningRate, Load("optimizer={clip: 1}").Optimizer.LearningRate);
        Assert.Equal((1024, 24), (Load("model=large").Model.Vision.Width, Load("model=large").Model.Vision.Layers));
    }

    [Theory]
    [InlineData("optimizer.lr=1", "unknown key 'lr'; did you mean 'learning_rate'?")]
    [InlineData("optimiser.lr=1", "unknown key 'optimiser'; did you mean 'optimizer'?")]
    [InlineData("stages[0].resolution=big", "expected an integer, found \"big\"")]
    [InlineData("stages[2].resolution=8", "'2' is not an index of a list of 2")]
    [InlineData("stages.first.resolution=8", "'first' is not an index of a list of 2")]
    [InlineData("optimizer.betas[0]=0.5", "the file has no such list; set the whole list")]
    [InlineData("seed.x=1", "expected an integer of at least 0, found a map")]
    [InlineData("mask.share=1", "this key is required")]
    [InlineData("mask={shar: 1, ratio: 1}", "unknown key 'shar'; did you mean 'share'?")]
    [InlineData("name=${NONE}", "the environment variable NONE is not set; set it or write ${NONE:-default}")]
    [InlineData("seed", "expected KEY=VALUE, such as optimizer.learning_rate=1e-3 or stages[0].batch=256")]
    [InlineData("=1", "expected KEY=VALUE, such as optimizer.learning_rate=1e-3 or stages[0].batch=256")]
    [InlineData("a..b=1", "expected KEY=VALUE, such as optimizer.learning_rate=1e-3 or stages[0].batch=256")]
    public void A_problem_names_the_override(string text, string expected) =>
        Assert.Equal([$"--set {text}: {expected}"], _folder.Problems<ExampleConfig>(text));

    [Fact]
    public void An_override_that_is_not_yaml_is_one_line() =>
        Assert.StartsWith("--set mask={ratio: not valid YAML: ", Assert.Single(_folder.Problems<ExampleConfig>("mask={ratio")));

    [Fact]
    public void Problems_of_overrides_come_after_those_of_the_file()
    {
        var problems = _folder.With(ConfigFolder.Main, "seed: x").Problems<ExampleConfig>("stages=3", "name.x=1");

        Assert.Equal(["main.yaml:1:7", "--set name.x=1", "--set stages=3"], problems.Select(line => line.Split(": ")[0]));
    }

    public void Dispose() => _folder.Dispose();

    private ExampleConfig Load(params string[] overrides) => _folder.Load<ExampleConfig>(overrides).Value;
}
