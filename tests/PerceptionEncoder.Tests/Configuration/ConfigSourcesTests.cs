namespace PerceptionEncoder.Tests.Configuration;

public sealed class ConfigSourcesTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    [Fact]
    public void A_config_joins_its_bases_key_by_key_and_replaces_their_lists()
    {
        var loaded = _folder
            .With(
                "shared/root.yaml",
                "seed: 1\nname: root\nstages: [{resolution: 8, samples: 1}, {resolution: 16, samples: 1}]\n"
                + "optimizer: {clip: 1, weight_decay: 0.1}")
            .With("shared/base.yaml", "extends: root.yaml\nname: base\noptimizer: {learning_rate: 0.5}")
            .With(ConfigFolder.Main, "stages: [{resolution: 24, samples: 1}]\noptimizer: {clip: ~}\nextends: shared/base.yaml")
            .Load<ExampleConfig>();

        Assert.Equal("base", loaded.Value.Name);
        Assert.Equal(1ul, loaded.Value.Seed);
        Assert.Equal(24, Assert.Single(loaded.Value.Stages).Resolution);
        Assert.Equal(
            (null, 0.1, 0.5),
            (loaded.Value.Optimizer.Clip, loaded.Value.Optimizer.WeightDecay, loaded.Value.Optimizer.LearningRate));
        Assert.Equal(new[] { "main.yaml", "shared/base.yaml", "shared/root.yaml" }.Select(_folder.PathOf), loaded.SourceFiles);
    }

    [Fact]
    public void A_map_laid_over_a_scalar_shorthand_keeps_what_the_scalar_says()
    {
        var model = _folder.With("base.yaml", "model: small")
            .With(ConfigFolder.Main, "extends: base.yaml\nmodel: {vision: {layers: 3}}").Load<ExampleConfig>().Value.Model;

        Assert.Equal("small", model.Preset);
        Assert.Equal((192, 3), (model.Vision.Width, model.Vision.Layers));
    }

    [Fact]
    public void A_scalar_shorthand_laid_over_a_map_replaces_it()
    {
        var model = _folder.With("base.yaml", "model: {preset: small, vision: {layers: 3}}")
            .With(ConfigFolder.Main, "extends: base.yaml\nmodel: large").Load<ExampleConfig>().Value.Model;

        Assert.Equal((1024, 24), (model.Vision.Width, model.Vision.Layers));
    }

    [Fact]
    public void Each_problem_names_the_file_its_key_came_from()
    {
        var problems = _folder
            .With("base.yaml", "seed: x\noptimizer:\n  clip: x\n  type: sgd")
            .With(ConfigFolder.Main, "extends: base.yaml\noptimizer: {type: adam}")
            .Problems<ExampleConfig>();

        Assert.Equal(
            [
                "base.yaml:1:7: seed: expected an integer of at least 0, found \"x\"",
                "base.yaml:3:9: optimizer.clip: expected a number, found \"x\"",
                "main.yaml:2:19: optimizer.type: expected one of lamb, adamw, found \"adam\"",
            ],
            problems);
    }

    [Fact]
    public void The_base_may_be_named_by_the_environment()
    {
        _folder.Environment["BASE"] = "base";

        Assert.Equal(
            3ul,
            _folder.With("base.yaml", "seed: 3").With(ConfigFolder.Main, "extends: ${BASE}.yaml").Load<ExampleConfig>().Value.Seed);
    }

    [Theory]
    [InlineData("extends: none.yaml", "main.yaml:1:10: extends: none.yaml: no such config file")]
    [InlineData("extends: other.yaml", "other.yaml:1:10: main.yaml extends itself: main.yaml -> other.yaml -> main.yaml")]
    [InlineData("extends: [a, b]", "main.yaml:1:10: extends: expected the path of a base config, found a list")]
    [InlineData("extends:", "main.yaml:1:9: extends: expected the path of a base config, found nothing")]
    [InlineData("extends: ${NONE}", "main.yaml:1:10: extends: the environment variable NONE is not set; set it or write ${NONE:-default}")]
    public void A_base_that_cannot_be_read_is_one_line(string yaml, string expected) =>
        Assert.Equal([expected], _folder.With("other.yaml", "extends: main.yaml").With(ConfigFolder.Main, yaml).Problems<ExampleConfig>());

    [Fact]
    public void Extends_below_the_top_is_an_unknown_key() =>
        Assert.StartsWith(
            "main.yaml:1:8: mask: unknown key 'extends'",
            _folder.With(ConfigFolder.Main, "mask: {extends: x, ratio: 1}").Problems<ExampleConfig>()[0]);

    [Fact]
    public void A_config_in_UTF_16_is_read_by_its_mark_and_one_in_Latin_1_is_a_problem_of_its_line()
    {
        _folder.With(ConfigFolder.Main, "");
        File.WriteAllText(_folder.PathOf(ConfigFolder.Main), "seed: 5\nname: größer", System.Text.Encoding.Unicode);
        Assert.Equal((5ul, "größer"), (_folder.Load<ExampleConfig>().Value.Seed, _folder.Load<ExampleConfig>().Value.Name));
        File.WriteAllText(_folder.PathOf(ConfigFolder.Main), "seed: 5\nname: größer", System.Text.Encoding.Latin1);
        Assert.StartsWith("main.yaml:2:1: not UTF-8", Assert.Single(_folder.Problems<ExampleConfig>()));
    }

    [Fact]
    public void A_base_without_end_and_a_tower_of_bases_are_problems()
    {
        using (var file = File.Create(_folder.PathOf("large.yaml")))
        {
            file.SetLength(1L << 40);
        }

        Assert.Contains(
            "more than the limit",
            Assert.Single(_folder.With(ConfigFolder.Main, "extends: large.yaml").Problems<ExampleConfig>()));
        for (var i = 0; i < 200; i++)
        {
            _folder.With($"{i}.yaml", $"extends: {i + 1}.yaml");
        }

        Assert.Contains(
            "more than 100 files extend each other",
            Assert.Single(_folder.With(ConfigFolder.Main, "extends: 0.yaml").Problems<ExampleConfig>()));
    }

    public void Dispose() => _folder.Dispose();
}
